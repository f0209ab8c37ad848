import { Injectable } from '@nestjs/common';
import { In, IsNull, Not } from 'typeorm';
import { type Cursor, Database, type Transaction } from '#slipway/platform';
import { ReplicaEntity } from './replica.entity.js';
import { RevisionEntity } from './revision.entity.js';
import { ServiceEntity } from './service.entity.js';
import type { ServiceRows } from './service.view.js';

export interface ServiceFilter {
  serviceName?: string | undefined;
  modelId?: string | undefined;
  modelName?: string | undefined;
  manifestId?: string | undefined;
  manifestName?: string | undefined;
  imageId?: string | undefined;
  computeResourceId?: string | undefined;
}

/** Services, their revisions and their live replicas. */
@Injectable()
export class ServicesRepository {
  constructor(private readonly database: Database) {}

  /** Services of an account with this id or name; several when a name is used in several environments. */
  async find(account: string | undefined, key: { id: string } | { name: string }, from?: Transaction): Promise<ServiceEntity[]> {
    const where = { ...(account === undefined ? {} : { account }), ...key, deletedAt: IsNull() };
    const read = (manager: Transaction): Promise<ServiceEntity[]> => manager.find(ServiceEntity, { where });
    return from ? read(from) : this.database.read(read);
  }

  /** The row as it is now, locked until the transaction ends; also of a deleted service. */
  async lock(tx: Transaction, id: string): Promise<ServiceEntity | undefined> {
    return (await tx.findOne(ServiceEntity, { where: { id }, lock: { mode: 'pessimistic_write' } })) ?? undefined;
  }

  /** Also a deleted one. */
  async get(from: Transaction, id: string): Promise<ServiceEntity | undefined> {
    return (await from.findOneBy(ServiceEntity, { id })) ?? undefined;
  }

  async insert(tx: Transaction, service: ServiceEntity): Promise<void> {
    await tx.insert(ServiceEntity, service);
  }

  /** Writes the whole row; it was locked by this transaction. */
  async update(tx: Transaction, { id, ...columns }: ServiceEntity): Promise<void> {
    await tx.update(ServiceEntity, { id }, columns as object);
  }

  async rows(service: ServiceEntity, from?: Transaction): Promise<ServiceRows> {
    const [rows] = await this.manyRows([service], from);
    return rows!;
  }

  async manyRows(services: readonly ServiceEntity[], from?: Transaction): Promise<ServiceRows[]> {
    const read = async (manager: Transaction): Promise<ServiceRows[]> => {
      const revisionIds = services.flatMap((service) => [service.targetRevisionId, service.servingRevisionId ?? []]).flat();
      const revisions = await manager.find(RevisionEntity, { where: { id: In([...new Set(revisionIds)]) } });
      const replicas = await manager.find(ReplicaEntity, {
        where: { serviceId: In(services.map((service) => service.id)), state: Not('Gone') },
        order: { createdAt: 'ASC', id: 'ASC' },
      });
      const byId = new Map(revisions.map((revision) => [revision.id, revision]));
      return services.map((service) => ({
        service,
        target: byId.get(service.targetRevisionId)!,
        serving: byId.get(service.servingRevisionId ?? ''),
        replicas: replicas.filter((replica) => replica.serviceId === service.id),
      }));
    };
    return from ? read(from) : this.database.read(read);
  }

  /** One more than `count`, newest first. */
  async page(account: string, filter: ServiceFilter, count: number, after: Cursor | undefined): Promise<ServiceEntity[]> {
    return this.database.read(async (manager) => {
      const query = manager
        .createQueryBuilder(ServiceEntity, 's')
        .where('s.account = :account AND s.deleted_at IS NULL', { account });
      if (filter.serviceName !== undefined) query.andWhere('s.name = :serviceName', filter);
      if (filter.modelId !== undefined) query.andWhere('s.model_ids @> ARRAY[CAST(:modelId AS uuid)]', filter);
      if (filter.modelName !== undefined) query.andWhere('s.model_names @> ARRAY[CAST(:modelName AS text)]', filter);
      if (filter.manifestId !== undefined) query.andWhere('s.manifest_id = :manifestId', filter);
      if (filter.manifestName !== undefined) query.andWhere('s.manifest_name = :manifestName', filter);
      if (filter.imageId !== undefined) query.andWhere('s.image_id = :imageId', filter);
      if (filter.computeResourceId !== undefined) query.andWhere('s.environment_id = :computeResourceId', filter);
      if (after) query.andWhere('(s.created_at, s.id) < (:createdAt, :id)', { ...after });
      return query
        .orderBy('s.created_at', 'DESC')
        .addOrderBy('s.id', 'DESC')
        .take(count + 1)
        .getMany();
    });
  }

  /** A version of the route reached the bus; nothing else of the row changes. */
  async markPublished(id: string, version: number): Promise<void> {
    await this.database.manager.query('UPDATE service SET route_published = $2 WHERE id = $1 AND route_published < $2', [
      id,
      version,
    ]);
  }

  /** Routes of an environment, of deleted services for as long as a router may still have them. */
  async routes(environment: string | undefined, tombstoneDays: number): Promise<ServiceEntity[]> {
    return this.database.read((manager) => {
      const query = manager
        .createQueryBuilder(ServiceEntity, 's')
        .where('s.route IS NOT NULL')
        .andWhere('(s.deleted_at IS NULL OR s.deleted_at > now() - make_interval(days => :tombstoneDays))', { tombstoneDays });
      if (environment !== undefined) query.andWhere('s.environment = :environment', { environment });
      return query.orderBy('s.id').getMany();
    });
  }

  /** Places that the environment's services ask for, without those of one service. */
  async replicasAskedFor(tx: Transaction, environmentId: string, exceptServiceId: string): Promise<number> {
    const [row] = await tx.query<{ sum: string | null }[]>(
      `SELECT sum((settings->>'numReplicas')::int) AS sum FROM service WHERE environment_id = $1 AND id <> $2 AND deleted_at IS NULL`,
      [environmentId, exceptServiceId],
    );
    return Number(row?.sum ?? 0);
  }

  async now(tx: Transaction): Promise<Date> {
    const [row] = await tx.query<{ now: Date }[]>('SELECT now()::timestamptz(3) AS now');
    return row!.now;
  }
}
