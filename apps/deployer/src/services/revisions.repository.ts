import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Database, type Transaction } from '#slipway/platform';
import { RevisionEntity } from './revision.entity.js';

@Injectable()
export class RevisionsRepository {
  constructor(private readonly database: Database) {}

  async insert(tx: Transaction, revision: Omit<RevisionEntity, 'number' | 'createdAt'>): Promise<RevisionEntity> {
    const [row] = await tx.query<{ next: number }[]>(
      'SELECT coalesce(max(number), 0) + 1 AS next FROM revision WHERE service_id = $1',
      [revision.serviceId],
    );
    const number = Number(row!.next);
    await tx.insert(RevisionEntity, { ...revision, number } as object);
    return tx.findOneByOrFail(RevisionEntity, { id: revision.id });
  }

  async get(tx: Transaction, id: string): Promise<RevisionEntity> {
    return tx.findOneByOrFail(RevisionEntity, { id });
  }

  async byIds(from: Transaction, ids: readonly string[]): Promise<Map<string, RevisionEntity>> {
    const rows = await from.findBy(RevisionEntity, { id: In([...ids]) });
    return new Map(rows.map((row) => [row.id, row]));
  }

  async update(
    tx: Transaction,
    id: string,
    change: Partial<Pick<RevisionEntity, 'status' | 'error' | 'expiredAt' | 'envSealed'>>,
  ): Promise<void> {
    await tx.update(RevisionEntity, { id }, change as object);
  }

  /** The one that last was all that served, if any. */
  async served(tx: Transaction, serviceId: string): Promise<RevisionEntity | undefined> {
    return (await tx.findOneBy(RevisionEntity, { serviceId, status: 'Serving' })) ?? undefined;
  }

  /** A deleted service keeps what ran, not the variables and secrets it ran with. */
  async forgetEnv(tx: Transaction, serviceId: string): Promise<void> {
    await tx.update(RevisionEntity, { serviceId }, { envSealed: null, secretsSealed: null });
  }

  async find(account: string, id: string): Promise<RevisionEntity | undefined> {
    return this.database.read(async (manager) => (await manager.findOneBy(RevisionEntity, { account, id })) ?? undefined);
  }

  /** Newest first, at most a thousand. */
  async list(account: string, serviceId: string | undefined): Promise<RevisionEntity[]> {
    return this.database.read((manager) =>
      manager.find(RevisionEntity, {
        where: { account, ...(serviceId === undefined ? {} : { serviceId }) },
        order: { createdAt: 'DESC', id: 'DESC' },
        take: 1_000,
      }),
    );
  }
}
