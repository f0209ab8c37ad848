import { Injectable } from '@nestjs/common';
import type { Digest } from '#slipway/oci';
import { Database, type Transaction } from '#slipway/platform';
import { BlobLinkRow, BlobRow } from './blob.entity.js';

@Injectable()
export class BlobsRepository {
  constructor(private readonly database: Database) {}

  /** Whoever names or removes a blob's file holds this, so that a sweep never takes a file that is just being named. */
  async lock(tx: Transaction, digest: Digest): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`blob:${digest}`]);
  }

  async add(tx: Transaction, digest: Digest, size: number): Promise<void> {
    await tx.createQueryBuilder().insert().into(BlobRow).values({ digest, size }).orIgnore().execute();
  }

  async link(tx: Transaction, repository: string, digest: Digest): Promise<void> {
    await tx.createQueryBuilder().insert().into(BlobLinkRow).values({ repository, digest }).orIgnore().execute();
  }

  isKnown(tx: Transaction, digest: Digest): Promise<boolean> {
    return tx.existsBy(BlobRow, { digest });
  }

  /** Size of a blob that the repository has a link to. */
  async sizeIn(repository: string, digest: Digest): Promise<number | undefined> {
    return (await this.sizesIn(repository, [digest])).get(digest);
  }

  async sizesIn(repository: string, digests: readonly Digest[]): Promise<Map<Digest, number>> {
    const rows = await this.database.read((manager) =>
      manager
        .createQueryBuilder(BlobRow, 'blob')
        .innerJoin(BlobLinkRow, 'link', 'link.digest = blob.digest AND link.repository = :repository', { repository })
        .where('blob.digest = ANY(:digests)', { digests })
        .getMany(),
    );
    return new Map(rows.map((row) => [row.digest, row.size]));
  }
}
