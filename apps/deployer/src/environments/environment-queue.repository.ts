import { Injectable } from '@nestjs/common';
import { Database, DomainError, type Transaction } from '#slipway/platform';

/** Longer than one try of an environment takes; a deployer that was killed while it tried loses it after this. */
const leaseSeconds = 60;

export interface EnvironmentLease {
  environmentId: string;
  epoch: number;
  /** This try's number, from 1. */
  attempt: number;
}

/** Environments that are to be set up, changed or taken down. Times are the database's. */
@Injectable()
export class EnvironmentQueueRepository {
  constructor(private readonly database: Database) {}

  async enqueue(tx: Transaction, environmentId: string): Promise<void> {
    await tx.query(
      `INSERT INTO environment_queue (environment_id, due_at, lease_epoch, attempts) VALUES ($1, now(), 0, 0)
       ON CONFLICT (environment_id) DO UPDATE SET due_at = now(), attempts = 0`,
      [environmentId],
    );
  }

  /** Of the shared environments, and of those whose processes are this node's or nobody's yet. */
  async take(nodeId: string): Promise<EnvironmentLease | undefined> {
    const [rows] = await this.database.manager.query<
      [{ environment_id: string; lease_epoch: number; attempts: number }[], number]
    >(
      `UPDATE environment_queue SET due_at = NULL, lease_until = now() + make_interval(secs => $2),
         lease_epoch = lease_epoch + 1, attempts = attempts + 1
       WHERE environment_id = (
         SELECT q.environment_id FROM environment_queue q JOIN environment e ON e.id = q.environment_id
         WHERE (q.lease_until < now() OR (q.lease_until IS NULL AND q.due_at <= now()))
           AND (e.target <> 'process' OR e.node_id = $1 OR e.node_id IS NULL)
         ORDER BY q.due_at FOR UPDATE OF q SKIP LOCKED LIMIT 1)
       RETURNING environment_id, lease_epoch, attempts`,
      [nodeId, leaseSeconds],
    );
    const row = rows[0];
    return row && { environmentId: row.environment_id, epoch: row.lease_epoch, attempt: row.attempts };
  }

  /** Gives the lease back; due again after `ms`, or earlier if somebody asked meanwhile. */
  async release(lease: EnvironmentLease, ms: number): Promise<void> {
    await this.database.manager.query(
      `UPDATE environment_queue SET lease_until = NULL, due_at = LEAST(due_at, now() + make_interval(secs => $3))
       WHERE environment_id = $1 AND lease_epoch = $2`,
      [lease.environmentId, lease.epoch, ms / 1_000],
    );
  }

  /** Nothing is left to do. @throws DomainError when another deployer has taken it over. */
  async finish(tx: Transaction, lease: EnvironmentLease): Promise<void> {
    const [rows] = await tx.query<[unknown[], number]>(
      'DELETE FROM environment_queue WHERE environment_id = $1 AND lease_epoch = $2 RETURNING environment_id',
      [lease.environmentId, lease.epoch],
    );
    if (rows.length === 0)
      throw new DomainError('conflict', `another deployer has taken over the set-up of environment ${lease.environmentId}`);
  }
}
