import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Database, type Transaction, uuidv7 } from '#slipway/platform';
import { SecretEntity } from './secret.entity.js';

@Injectable()
export class SecretsRepository {
  constructor(private readonly database: Database) {}

  /** The row to write a value to, locked; made when there is none. Its version is 0 until the first value. */
  async lockOrMake(tx: Transaction, account: string, name: string): Promise<SecretEntity> {
    await tx.query(
      `INSERT INTO secret (id, account, name, sealed, row_version) VALUES ($1, $2, $3, '', 0) ON CONFLICT DO NOTHING`,
      [uuidv7(), account, name],
    );
    return tx.findOneOrFail(SecretEntity, { where: { account, name }, lock: { mode: 'pessimistic_write' } });
  }

  async lock(tx: Transaction, account: string, name: string): Promise<SecretEntity | undefined> {
    return (await tx.findOne(SecretEntity, { where: { account, name }, lock: { mode: 'pessimistic_write' } })) ?? undefined;
  }

  async setValue(tx: Transaction, id: string, sealed: string, rowVersion: number): Promise<SecretEntity> {
    await tx.update(SecretEntity, { id }, { sealed, rowVersion, updatedAt: () => 'now()' } as object);
    return tx.findOneByOrFail(SecretEntity, { id });
  }

  async remove(tx: Transaction, id: string): Promise<void> {
    await tx.delete(SecretEntity, { id });
  }

  /** Kept from being changed or deleted until the transaction ends: a revision is made with them. */
  async hold(tx: Transaction, account: string, names: readonly string[]): Promise<SecretEntity[]> {
    if (names.length === 0) return [];
    return tx.find(SecretEntity, {
      where: { account, name: In([...names]) },
      order: { name: 'ASC' },
      lock: { mode: 'pessimistic_read' },
    });
  }

  async list(account: string): Promise<SecretEntity[]> {
    return this.database.read((manager) =>
      manager.find(SecretEntity, { where: { account }, order: { name: 'ASC' }, take: 1_000 }),
    );
  }

  /** Services one of whose live revisions was made with the secret: the one that shall run or the one that serves. */
  async users(tx: Transaction, account: string, name: string): Promise<{ id: string; name: string; environment: string }[]> {
    return tx.query(
      `SELECT s.id, s.name, s.environment FROM service s
       WHERE s.account = $1 AND s.deleted_at IS NULL AND EXISTS (
         SELECT 1 FROM revision r WHERE r.id IN (s.target_revision_id, s.serving_revision_id) AND r.secrets->'versions' ? $2)
       ORDER BY s.id`,
      [account, name],
    );
  }
}
