import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '#slipway/platform';
import { AccountRow, ApiTokenRow } from './api-token.entity.js';

export type NewToken = Pick<ApiTokenRow, 'id' | 'sha256' | 'account' | 'roles' | 'description'>;

@Injectable()
export class TokensRepository {
  constructor(private readonly database: Database) {}

  find(id: string): Promise<ApiTokenRow | null> {
    return this.database.read((manager) => manager.findOneBy(ApiTokenRow, { id }));
  }

  /** Gateways that start at once make the first account and token in turn. */
  async lockOwner(tx: Transaction): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock(7312, 2)');
  }

  /** True when the account is new. */
  async insertAccount(tx: Transaction, account: Pick<AccountRow, 'slug' | 'id'>): Promise<boolean> {
    const result = await tx.createQueryBuilder().insert().into(AccountRow).values(account).orIgnore().returning('slug').execute();
    return (result.raw as unknown[]).length > 0;
  }

  async insertToken(tx: Transaction, token: NewToken): Promise<void> {
    await tx.insert(ApiTokenRow, token);
  }

  async noteUse(id: string): Promise<void> {
    await this.database.manager.update(ApiTokenRow, { id }, { lastUsedAt: () => 'now()' });
  }
}
