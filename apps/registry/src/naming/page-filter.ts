import type { PageRequest } from '#slipway/contracts';
import { type Cursor, readCursor } from '#slipway/platform';

/** Which rows of an account a page may show: `limit` is one more than the page has. */
export interface PageFilter {
  account: string;
  after: Cursor | undefined;
  limit: number;
}

export function pageFilter(account: string, page: PageRequest): PageFilter {
  return { account, after: readCursor(page.skipToken), limit: page.count + 1 };
}

export const cursorOf = (row: { createdAt: Date; id: string }): Cursor => ({
  createdAt: row.createdAt.toISOString(),
  id: row.id,
});
