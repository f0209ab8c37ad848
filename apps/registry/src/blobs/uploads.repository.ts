import { Injectable } from '@nestjs/common';
import { In, LessThan } from 'typeorm';
import { Database, type Transaction } from '#slipway/platform';
import { UploadRow } from './upload.entity.js';

@Injectable()
export class UploadsRepository {
  constructor(private readonly database: Database) {}

  async add(tx: Transaction, id: string, repository: string): Promise<void> {
    await tx.insert(UploadRow, { id, repository });
  }

  /** Notes that the upload is alive; false when the repository has no such upload. */
  async touch(id: string, repository: string): Promise<boolean> {
    const result = await this.database.read((manager) =>
      manager.update(UploadRow, { id, repository }, { updatedAt: () => 'now()' }),
    );
    return (result.affected ?? 0) > 0;
  }

  async remove(tx: Transaction, id: string): Promise<void> {
    await tx.delete(UploadRow, { id });
  }

  async restingBefore(time: Date): Promise<string[]> {
    const rows = await this.database.read((manager) =>
      manager.find(UploadRow, { where: { updatedAt: LessThan(time) }, take: 1_000 }),
    );
    return rows.map((row) => row.id);
  }

  /** Those of the ids that a row knows. */
  async known(ids: string[]): Promise<Set<string>> {
    const rows = await this.database.read((manager) => manager.findBy(UploadRow, { id: In(ids) }));
    return new Set(rows.map((row) => row.id));
  }
}
