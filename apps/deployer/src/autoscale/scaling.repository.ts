import { Injectable } from '@nestjs/common';
import type { AutoScaler } from '#slipway/contracts';
import { type Cursor, Database, type Transaction } from '#slipway/platform';
import { ScalingDecisionEntity } from './scaling-decision.entity.js';

/** An autoscaled service that serves, as its rows are. */
export interface ScaledRow {
  id: string;
  environmentId: string;
  environment: string;
  generation: number;
  from: number;
  autoScaler: AutoScaler;
  concurrency: number;
  rolling: boolean;
  /** Replicas that the environment's other services ask for. */
  others: number;
  /** The environment's own quota of replicas. */
  quota: number | null;
}

@Injectable()
export class ScalingRepository {
  constructor(private readonly database: Database) {}

  async autoscaled(environmentIds: readonly string[]): Promise<ScaledRow[]> {
    if (environmentIds.length === 0) return [];
    return this.database.manager.query<ScaledRow[]>(
      `SELECT s.id, s.environment_id AS "environmentId", s.environment, s.generation, s.scaled_replicas AS "from",
         s.settings->'autoScaler' AS "autoScaler", (r.settings->>'maxConcurrentRequestsPerContainer')::int AS concurrency,
         s.target_revision_id <> s.serving_revision_id AS rolling, asked.replicas - s.scaled_replicas AS others,
         (e.config->'quotas'->>'replicas')::int AS quota
       FROM service s JOIN revision r ON r.id = s.serving_revision_id JOIN environment e ON e.id = s.environment_id
         JOIN (SELECT environment_id, sum(coalesce(scaled_replicas, (settings->>'numReplicas')::int))::int AS replicas
               FROM service WHERE environment_id = ANY($1) AND deleted_at IS NULL GROUP BY environment_id) asked
           ON asked.environment_id = s.environment_id
       WHERE s.environment_id = ANY($1) AND s.scaled_replicas IS NOT NULL AND s.deleted_at IS NULL`,
      [environmentIds],
    );
  }

  async insert(tx: Transaction, decision: Omit<ScalingDecisionEntity, 'createdAt'>): Promise<void> {
    await tx.insert(ScalingDecisionEntity, decision as object);
  }

  /** One more than `count`, newest first. */
  async page(serviceId: string, count: number, before: Cursor | undefined): Promise<ScalingDecisionEntity[]> {
    return this.database.read((manager) => {
      const query = manager.createQueryBuilder(ScalingDecisionEntity, 'd').where('d.service_id = :serviceId', { serviceId });
      if (before) query.andWhere('(d.created_at, d.id) < (:createdAt, :id)', { ...before });
      return query
        .orderBy('d.created_at', 'DESC')
        .addOrderBy('d.id', 'DESC')
        .take(count + 1)
        .getMany();
    });
  }

  /** What followed a decision, oldest first; ids rise with time. */
  async after(serviceId: string, id: string, count: number): Promise<ScalingDecisionEntity[]> {
    return this.database.read((manager) =>
      manager
        .createQueryBuilder(ScalingDecisionEntity, 'd')
        .where('d.service_id = :serviceId AND d.id > :id', { serviceId, id })
        .orderBy('d.id', 'ASC')
        .take(count)
        .getMany(),
    );
  }

  async forget(olderThanDays: number): Promise<void> {
    await this.database.manager.query('DELETE FROM scaling_decision WHERE created_at < now() - make_interval(days => $1)', [
      olderThanDays,
    ]);
  }
}
