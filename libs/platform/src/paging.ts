import type { Page } from '#slipway/contracts';
import { DomainError } from './errors.js';
import { isUuid } from './ids.js';

/** Where the next page starts: after the row with this time and id. */
export interface Cursor {
  createdAt: string;
  id: string;
}

/** Reads a `skipToken`. @throws DomainError `bad_request` for one that this installation did not make. */
export function readCursor(token: string | undefined): Cursor | undefined {
  if (token === undefined) return undefined;
  const [createdAt, id] = Buffer.from(token, 'base64url').toString('utf8').split('|');
  if (!createdAt || !id || !isUuid(id) || Number.isNaN(Date.parse(createdAt))) {
    throw new DomainError(
      'bad_request',
      `$skipToken '${token.slice(0, 80)}' is not one that a list gave; leave it out to start from the beginning`,
    );
  }
  return { createdAt, id };
}

/**
 * Cuts `count + 1` rows into a page.
 * @param rows read with one more than `count`, ordered by (createdAt, id) descending
 * @param cursorOf time (with microseconds, as the database prints it) and id of a row
 */
export function toPage<Row, Item>(
  rows: Row[],
  count: number,
  cursorOf: (row: Row) => Cursor,
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, count);
  const last = shown.at(-1);
  const value = shown.map(toItem);
  if (rows.length <= count || !last) return { value };
  const { createdAt, id } = cursorOf(last);
  return { value, nextToken: Buffer.from(`${createdAt}|${id}`).toString('base64url') };
}
