import { Injectable } from '@nestjs/common';
import { Database } from '#slipway/platform';
import { LayerCacheRow, ManifestLockRow, ResolutionRow } from '../builds/build.entity.js';

export type ManifestLock = Pick<ManifestLockRow, 'lock' | 'lockDigest' | 'runtimeKey' | 'base'>;
export type CachedLayer = Omit<LayerCacheRow, 'createdAt'>;

/** What builds remember for later ones: locks, resolutions, layers. */
@Injectable()
export class LayersRepository {
  constructor(private readonly database: Database) {}

  findLock(manifestId: string): Promise<ManifestLock | null> {
    return this.database.read((manager) => manager.findOneBy(ManifestLockRow, { manifestId }));
  }

  /** Fixes a manifest's lock unless it has one already; gives the one that holds. */
  async fixLock(manifestId: string, account: string, lock: ManifestLock): Promise<ManifestLock> {
    return this.database.transaction(async (tx) => {
      await tx
        .createQueryBuilder()
        .insert()
        .into(ManifestLockRow)
        .values({ manifestId, account, ...lock })
        .orIgnore()
        .execute();
      return tx.findOneByOrFail(ManifestLockRow, { manifestId });
    });
  }

  async findResolution(key: string, maxAgeSeconds: number): Promise<string | undefined> {
    const [row] = await this.database.read((manager) =>
      manager.query<{ lock: string }[]>(
        `SELECT lock FROM resolution WHERE key = $1 AND created_at > now() - make_interval(secs => $2)`,
        [key, maxAgeSeconds],
      ),
    );
    return row?.lock;
  }

  async saveResolution(key: string, lock: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx.query(`DELETE FROM resolution WHERE created_at < now() - interval '1 day'`);
      await tx.upsert(ResolutionRow, { key, lock, createdAt: () => 'now()' }, ['key']);
    });
  }

  findLayer(key: string): Promise<CachedLayer | null> {
    return this.database.read((manager) => manager.findOneBy(LayerCacheRow, { key }));
  }

  async saveLayer(layer: CachedLayer): Promise<void> {
    await this.database.transaction((tx) => tx.upsert(LayerCacheRow, { ...layer, createdAt: () => 'now()' }, ['key']));
  }
}
