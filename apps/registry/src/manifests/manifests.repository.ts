import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '#slipway/platform';
import { NameCounterRepository } from '../naming/name-counter.repository.js';
import type { PageFilter } from '../naming/page-filter.js';
import type { NameReference } from '../naming/reference.js';
import { ManifestModelRow, ManifestRow } from './manifest.entity.js';

export type NewManifest = Omit<ManifestRow, 'createdAt' | 'version' | 'rowVersion'>;
export interface ManifestFilter extends PageFilter {
  modelId?: string | undefined;
  name?: string | undefined;
}

@Injectable()
export class ManifestsRepository {
  constructor(
    private readonly database: Database,
    private readonly counters: NameCounterRepository,
  ) {}

  async insertNextVersion(tx: Transaction, manifest: NewManifest): Promise<ManifestRow> {
    const version = await this.counters.next(tx, manifest.account, 'manifest', manifest.name);
    await tx.insert(ManifestRow, { ...manifest, version, rowVersion: 1 });
    const links = manifest.models.map((model) => ({ manifestId: manifest.id, modelId: model.id }));
    if (links.length > 0) await tx.insert(ManifestModelRow, links);
    return tx.findOneByOrFail(ManifestRow, { id: manifest.id });
  }

  /** Without a version, the newest of the name. */
  find(account: string, reference: NameReference): Promise<ManifestRow | null> {
    return this.database.read((manager) =>
      manager.findOne(ManifestRow, { where: { account, ...reference }, order: { version: 'DESC' } }),
    );
  }

  list(filter: ManifestFilter): Promise<ManifestRow[]> {
    return this.database.read((manager) => {
      const query = manager.createQueryBuilder(ManifestRow, 'manifest').where('manifest.account = :account', filter);
      if (filter.name !== undefined) query.andWhere('manifest.name = :name', filter);
      if (filter.modelId !== undefined)
        query.innerJoin(ManifestModelRow, 'pin', 'pin.manifestId = manifest.id AND pin.modelId = :modelId', filter);
      if (filter.after) query.andWhere('(manifest.created_at, manifest.id) < (:createdAt, :id)', filter.after);
      return query.orderBy('manifest.createdAt', 'DESC').addOrderBy('manifest.id', 'DESC').limit(filter.limit).getMany();
    });
  }
}
