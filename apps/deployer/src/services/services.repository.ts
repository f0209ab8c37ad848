import { Injectable } from '@nestjs/common';
import { In, IsNull, Not } from 'typeorm';
import { type Cursor, Database, isUuid, type Transaction } from '#slipway/platform';
import type { Quotas } from '#slipway/contracts';
import type { Demand } from './resource-quota.js';
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

  /** Those of the ids that are services of which anything may be left. */
  async present(ids: readonly string[]): Promise<Set<string>> {
    const where = { id: In(ids.filter((id) => isUuid(id))), goneAt: IsNull() };
    const rows = await this.database.read((manager) => manager.find(ServiceEntity, { where, select: { id: true } }));
    return new Set(rows.map((row) => row.id));
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

  /** One more than `count`, newest first. Where an id is asked for, a name or `name:version` will do. */
  async page(account: string, filter: ServiceFilter, count: number, after: Cursor | undefined): Promise<ServiceEntity[]> {
    return this.database.read(async (manager) => {
      const query = manager
        .createQueryBuilder(ServiceEntity, 's')
        .where('s.account = :account AND s.deleted_at IS NULL', { account });
      for (const [condition, values] of conditionsOf(filter)) query.andWhere(condition, values);
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

  /** Replicas that the environment's other services ask for, and the quota that the environment was given. */
  async replicasAskedFor(
    tx: Transaction,
    environmentId: string,
    exceptServiceId: string,
  ): Promise<{ others: number; quota: number | null }> {
    const [row] = await tx.query<{ others: number; quota: number | null }[]>(
      `SELECT coalesce(sum(coalesce(s.scaled_replicas, (s.settings->>'numReplicas')::int)), 0)::int AS others,
         (e.config->'quotas'->>'replicas')::int AS quota
       FROM environment e LEFT JOIN service s ON s.environment_id = e.id AND s.id <> $2 AND s.deleted_at IS NULL
       WHERE e.id = $1 GROUP BY e.id`,
      [environmentId, exceptServiceId],
    );
    return row ?? { others: 0, quota: null };
  }

  /** The quotas of an environment, and what its other services ask for. */
  async demands(tx: Transaction, environmentId: string, exceptServiceId: string): Promise<{ quotas: Quotas; others: Demand[] }> {
    const [environment] = await tx.query<{ quotas: Quotas | null }[]>(
      `SELECT config->'quotas' AS quotas FROM environment WHERE id = $1`,
      [environmentId],
    );
    const quotas = environment?.quotas ?? {};
    if (quotas.cpu === undefined && quotas.memory === undefined) return { quotas, others: [] };
    const others = await tx.query<Demand[]>(
      `SELECT coalesce(s.scaled_replicas, (s.settings->>'numReplicas')::int) AS replicas,
         r.settings->'containerResourceReservation' AS reservation
       FROM service s JOIN revision r ON r.id = s.target_revision_id
       WHERE s.environment_id = $1 AND s.id <> $2 AND s.deleted_at IS NULL`,
      [environmentId, exceptServiceId],
    );
    return { quotas, others };
  }

  async now(tx: Transaction): Promise<Date> {
    const [row] = await tx.query<{ now: Date }[]>('SELECT now()::timestamptz(3) AS now');
    return row!.now;
  }
}

type Condition = [sql: string, values: Record<string, unknown>];

/** The image of the revision that shall run, for what only names and versions say. */
const pinned = (test: string): string => `EXISTS (SELECT 1 FROM revision r WHERE r.id = s.target_revision_id AND ${test})`;

function conditionsOf(filter: ServiceFilter): Condition[] {
  const { serviceName, modelId, modelName, manifestId, manifestName, imageId, computeResourceId } = filter;
  const conditions: (Condition | undefined)[] = [
    serviceName === undefined ? undefined : ['s.name = :serviceName', { serviceName }],
    modelName === undefined ? undefined : ['s.model_names @> ARRAY[CAST(:modelName AS text)]', { modelName }],
    manifestName === undefined ? undefined : ['s.manifest_name = :manifestName', { manifestName }],
    modelId === undefined
      ? undefined
      : byReference('model', modelId, 's.model_ids @> ARRAY[CAST(:model AS uuid)]', (name, version) => [
          pinned(
            `EXISTS (SELECT 1 FROM jsonb_array_elements(r.image->'models') m WHERE m->>'name' = :modelRef AND (:modelVersion::int IS NULL OR (m->>'version')::int = :modelVersion))`,
          ),
          { modelRef: name, modelVersion: version },
        ]),
    manifestId === undefined
      ? undefined
      : byReference('manifest', manifestId, 's.manifest_id = :manifest', (name, version) => [
          pinned(
            `r.image->>'manifestName' = :manifestRef AND (:manifestVersion::int IS NULL OR (r.image->>'manifestVersion')::int = :manifestVersion)`,
          ),
          { manifestRef: name, manifestVersion: version },
        ]),
    imageId === undefined
      ? undefined
      : byReference('image', imageId, 's.image_id = :image', (name, version) => [
          pinned(`r.image->>'name' = :imageRef AND (:imageVersion::int IS NULL OR (r.image->>'version')::int = :imageVersion)`),
          { imageRef: name, imageVersion: version },
        ]),
    computeResourceId === undefined
      ? undefined
      : isUuid(computeResourceId)
        ? ['s.environment_id = :computeResourceId', { computeResourceId }]
        : ['s.environment = :computeResourceId', { computeResourceId }],
  ];
  return conditions.filter((condition) => condition !== undefined);
}

function byReference(
  parameter: string,
  ref: string,
  byId: string,
  byName: (name: string, version: number | null) => Condition,
): Condition {
  if (isUuid(ref)) return [byId, { [parameter]: ref }];
  const [, name = ref, version] = /^(.+):(\d{1,9})$/.exec(ref) ?? [];
  return byName(name, version === undefined ? null : Number(version));
}
