import { createClient, dataOf, type SlipwayClient } from '#slipway/client';
import { translate } from './api-errors.js';
import type { Profile } from './profile.js';

const pageSize = 1000;

/** What every part of the API needs: one client, whole lists instead of pages, and errors that a user can act on. */
export class ApiBase {
  protected readonly client: SlipwayClient;
  protected readonly account: { account: string };

  constructor(readonly profile: Profile) {
    this.client = createClient({ baseUrl: profile.url, token: profile.token });
    this.account = { account: profile.account };
  }

  protected async all<Item>(
    read: (page: {
      count: number;
      $skipToken?: string;
    }) => Promise<{ data?: { value: Item[]; nextLink?: string }; error?: unknown; response: Response }>,
  ): Promise<Item[]> {
    const items: Item[] = [];
    let skipToken: string | undefined;
    do {
      const page = await this.ask(
        dataOf(read({ count: pageSize, ...(skipToken === undefined ? {} : { $skipToken: skipToken }) })),
      );
      items.push(...page.value);
      skipToken = page.nextLink === undefined ? undefined : (new URL(page.nextLink).searchParams.get('$skipToken') ?? undefined);
    } while (skipToken !== undefined);
    return items;
  }

  protected async ask<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw translate(error, this.profile);
    }
  }

  protected async *stream<T>(lines: AsyncGenerator<T>): AsyncGenerator<T> {
    try {
      yield* lines;
    } catch (error) {
      throw translate(error, this.profile);
    }
  }
}
