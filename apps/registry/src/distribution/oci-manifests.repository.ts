import { Injectable } from '@nestjs/common';
import { In, MoreThan } from 'typeorm';
import type { Digest } from '#slipway/oci';
import { Database, type Transaction } from '#slipway/platform';
import { BlobLinkRow } from '../blobs/blob.entity.js';
import { OciManifestRow, TagRow } from './oci-manifest.entity.js';

export type NewOciManifest = Omit<OciManifestRow, 'createdAt'>;

@Injectable()
export class OciManifestsRepository {
  constructor(private readonly database: Database) {}

  byDigest(repository: string, digest: Digest): Promise<OciManifestRow | null> {
    return this.database.read((manager) => manager.findOneBy(OciManifestRow, { repository, digest }));
  }

  byTag(repository: string, tag: string): Promise<OciManifestRow | null> {
    return this.database.read((manager) =>
      manager
        .createQueryBuilder(OciManifestRow, 'manifest')
        .innerJoin(TagRow, 'tag', 'tag.repository = manifest.repository AND tag.digest = manifest.digest')
        .where('tag.repository = :repository AND tag.tag = :tag', { repository, tag })
        .getOne(),
    );
  }

  async sizesOf(repository: string, digests: readonly Digest[]): Promise<Map<Digest, number>> {
    const rows = await this.database.read((manager) =>
      manager.find(OciManifestRow, { select: { digest: true, size: true }, where: { repository, digest: In([...digests]) } }),
    );
    return new Map(rows.map((row) => [row.digest, row.size]));
  }

  async add(tx: Transaction, manifest: NewOciManifest): Promise<void> {
    await tx.createQueryBuilder().insert().into(OciManifestRow).values(manifest).orIgnore().execute();
  }

  /** Sets a tag that is not there yet; answers what it points to. */
  async addTag(tx: Transaction, repository: string, tag: string, digest: Digest): Promise<Digest> {
    await tx.createQueryBuilder().insert().into(TagRow).values({ repository, tag, digest }).orIgnore().execute();
    return (await tx.findOneByOrFail(TagRow, { repository, tag })).digest;
  }

  async moveTag(tx: Transaction, repository: string, tag: string, digest: Digest): Promise<void> {
    await tx.update(TagRow, { repository, tag }, { digest });
  }

  async tagsAfter(repository: string, last: string, count: number): Promise<string[]> {
    const rows = await this.database.read((manager) =>
      manager.find(TagRow, { where: { repository, tag: MoreThan(last) }, order: { tag: 'ASC' }, take: count }),
    );
    return rows.map((row) => row.tag);
  }

  exists(repository: string): Promise<boolean> {
    return this.database.read(
      async (manager) =>
        (await manager.existsBy(OciManifestRow, { repository })) || (await manager.existsBy(BlobLinkRow, { repository })),
    );
  }

  referrers(repository: string, subject: Digest): Promise<OciManifestRow[]> {
    return this.database.read((manager) =>
      manager.find(OciManifestRow, { where: { repository, subject }, order: { createdAt: 'ASC', digest: 'ASC' }, take: 1_000 }),
    );
  }
}
