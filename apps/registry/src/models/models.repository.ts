import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '#slipway/platform';
import { NameCounterRepository } from '../naming/name-counter.repository.js';
import type { NameReference } from '../naming/reference.js';
import type { PageFilter } from '../naming/page-filter.js';
import { ModelRow } from './model.entity.js';

export type NewModel = Omit<ModelRow, 'createdAt' | 'version' | 'rowVersion'>;
export interface ModelFilter extends PageFilter {
  name?: string | undefined;
  tag?: string | undefined;
}

@Injectable()
export class ModelsRepository {
  constructor(
    private readonly database: Database,
    private readonly counters: NameCounterRepository,
  ) {}

  async insertNextVersion(tx: Transaction, model: NewModel): Promise<ModelRow> {
    const version = await this.counters.next(tx, model.account, 'model', model.name);
    await tx.insert(ModelRow, { ...model, version, rowVersion: 1 });
    return tx.findOneByOrFail(ModelRow, { id: model.id });
  }

  /** Without a version, the newest of the name. */
  find(account: string, reference: NameReference): Promise<ModelRow | null> {
    return this.database.read((manager) =>
      manager.findOne(ModelRow, { where: { account, ...reference }, order: { version: 'DESC' } }),
    );
  }

  list(filter: ModelFilter): Promise<ModelRow[]> {
    return this.database.read((manager) => {
      const query = manager.createQueryBuilder(ModelRow, 'model').where('model.account = :account', filter);
      if (filter.name !== undefined) query.andWhere('model.name = :name', filter);
      if (filter.tag !== undefined) query.andWhere(':tag = ANY(model.tags)', filter);
      if (filter.after) query.andWhere('(model.created_at, model.id) < (:createdAt, :id)', filter.after);
      return query.orderBy('model.createdAt', 'DESC').addOrderBy('model.id', 'DESC').limit(filter.limit).getMany();
    });
  }
}
