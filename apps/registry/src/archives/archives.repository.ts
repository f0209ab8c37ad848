import { Injectable } from '@nestjs/common';
import type { Digest } from '#slipway/oci';
import { Database } from '#slipway/platform';
import { ArchiveRow } from './archive.entity.js';

export type KnownArchive = Pick<ArchiveRow, 'digest' | 'facts' | 'problem'>;

@Injectable()
export class ArchivesRepository {
  constructor(private readonly database: Database) {}

  find(digest: Digest): Promise<KnownArchive | null> {
    return this.database.read((manager) => manager.findOneBy(ArchiveRow, { digest }));
  }

  async remember(archive: KnownArchive): Promise<void> {
    await this.database.transaction((tx) =>
      tx.createQueryBuilder().insert().into(ArchiveRow).values(archive).orIgnore().execute(),
    );
  }
}
