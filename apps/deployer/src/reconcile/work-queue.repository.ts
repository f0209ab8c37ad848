import { Inject, Injectable } from '@nestjs/common';
import { Database, DomainError, type Transaction } from '#slipway/platform';
import { type DeployerEnv, ENV } from '../env.js';

/** The right to look at a service and to write what was found, until somebody else takes it. */
export interface Lease {
  serviceId: string;
  epoch: number;
}

/** Services that want to be looked at. Times are the database's. */
@Injectable()
export class WorkQueueRepository {
  constructor(
    private readonly database: Database,
    @Inject(ENV) private readonly env: DeployerEnv,
  ) {}

  async enqueue(tx: Transaction, serviceId: string, environmentId: string): Promise<void> {
    await tx.query(
      `INSERT INTO work_queue (service_id, environment_id, due_at, lease_epoch) VALUES ($1, $2, now(), 0)
       ON CONFLICT (service_id) DO UPDATE SET due_at = LEAST(work_queue.due_at, now())`,
      [serviceId, environmentId],
    );
  }

  async touch(serviceId: string): Promise<void> {
    await this.database.manager.query('UPDATE work_queue SET due_at = LEAST(due_at, now()) WHERE service_id = $1', [serviceId]);
  }

  async touchAll(environmentIds: readonly string[]): Promise<void> {
    await this.database.manager.query('UPDATE work_queue SET due_at = LEAST(due_at, now()) WHERE environment_id = ANY($1)', [
      environmentIds,
    ]);
  }

  /** Takes what has been due for longest; a lease that ran out is taken too, whatever its holder thinks. */
  async take(environmentIds: readonly string[]): Promise<Lease | undefined> {
    const result: unknown = await this.database.manager.query(
      `UPDATE work_queue SET due_at = NULL, lease_until = now() + make_interval(secs => $2), lease_epoch = lease_epoch + 1
       WHERE service_id = (
         SELECT service_id FROM work_queue
         WHERE environment_id = ANY($1) AND (lease_until < now() OR (lease_until IS NULL AND due_at <= now()))
         ORDER BY due_at FOR UPDATE SKIP LOCKED LIMIT 1)
       RETURNING service_id, lease_epoch`,
      [environmentIds, this.env.SLIPWAY_LEASE_SECONDS],
    );
    const [rows] = result as [{ service_id: string; lease_epoch: number }[], number];
    const row = rows[0];
    return row && { serviceId: row.service_id, epoch: row.lease_epoch };
  }

  /** Gives the lease back; the service is due again after `ms`, or earlier if somebody asked meanwhile. */
  async release(lease: Lease, ms: number): Promise<void> {
    await this.database.manager.query(
      `UPDATE work_queue SET lease_until = NULL, due_at = LEAST(due_at, now() + make_interval(secs => $3))
       WHERE service_id = $1 AND lease_epoch = $2`,
      [lease.serviceId, lease.epoch, ms / 1_000],
    );
  }

  /** Nothing is left to look at. */
  async remove(tx: Transaction, lease: Lease): Promise<void> {
    await tx.query('DELETE FROM work_queue WHERE service_id = $1 AND lease_epoch = $2', [lease.serviceId, lease.epoch]);
  }

  /** Milliseconds until something is due; undefined when nothing is. */
  async dueIn(environmentIds: readonly string[]): Promise<number | undefined> {
    const [row] = await this.database.manager.query<{ ms: string | null }[]>(
      `SELECT extract(epoch FROM min(coalesce(lease_until, due_at)) - now()) * 1000 AS ms
       FROM work_queue WHERE environment_id = ANY($1)`,
      [environmentIds],
    );
    return row?.ms === null || row?.ms === undefined ? undefined : Math.max(0, Number(row.ms));
  }

  /** Locks and renews the lease within a transaction. @throws StaleLease when another deployer has taken it. */
  async hold(tx: Transaction, lease: Lease): Promise<void> {
    const [rows] = await tx.query<[unknown[], number]>(
      `UPDATE work_queue SET lease_until = now() + make_interval(secs => $3)
       WHERE service_id = $1 AND lease_epoch = $2 RETURNING service_id`,
      [lease.serviceId, lease.epoch, this.env.SLIPWAY_LEASE_SECONDS],
    );
    if (rows.length === 0) throw new StaleLease(lease);
  }
}

/** The holder was too slow: another deployer looks after the service now. */
export class StaleLease extends DomainError {
  constructor(lease: Lease) {
    super('conflict', `the look at service ${lease.serviceId} took too long and another deployer has taken it over`);
  }
}
