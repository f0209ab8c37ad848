import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '#slipway/platform';
import { AccountRow, ApiTokenRow } from './api-token.entity.js';

@Injectable()
export class TokensRepository {
  constructor(private readonly database: Database) {}

  find(id: string): Promise<ApiTokenRow | null> {
    return this.database.read((manager) => manager.findOneBy(ApiTokenRow, { id }));
  }

  /** True when the account is new. */
  async insertAccount(tx: Transaction, account: Pick<AccountRow, 'slug' | 'id'>): Promise<boolean> {
    const result = await tx.createQueryBuilder().insert().into(AccountRow).values(account).orIgnore().returning('slug').execute();
    return (result.raw as unknown[]).length > 0;
  }

  async insertToken(tx: Transaction, token: Omit<ApiTokenRow, 'createdAt' | 'revokedAt'>): Promise<void> {
    await tx.insert(ApiTokenRow, token);
  }
}
