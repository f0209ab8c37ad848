import { Injectable } from '@nestjs/common';
import type { Manifest } from '#slipway/contracts';
import { Database, type Transaction, uuidv7 } from '#slipway/platform';
import type { BuildResult } from '../assembly/build-result.js';
import { BuildRow } from './build.entity.js';

/** A build that this process holds until its lease ends. */
export type ClaimedBuild = Pick<BuildRow, 'id' | 'account' | 'manifest' | 'state' | 'result' | 'attempts' | 'leaseEpoch'>;

/** Another process has taken the build: what this one still wants to write must not be written. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

export const leaseSeconds = 15;

@Injectable()
export class BuildsRepository {
  constructor(private readonly database: Database) {}

  /** Puts a build in the queue, makes it when there is none, and locks it; a failed one starts afresh. */
  async enqueue(tx: Transaction, account: string, inputDigest: string, manifest: Manifest): Promise<string> {
    const [row] = await tx.query<{ id: string }[]>(
      `INSERT INTO build (id, account, input_digest, manifest, state, due_at) VALUES ($1, $2, $3, $4, 'queued', now())
       ON CONFLICT (account, input_digest) DO UPDATE SET
         due_at = COALESCE(build.due_at, now()),
         attempts = CASE WHEN build.due_at IS NULL THEN 0 ELSE build.attempts END,
         state = CASE WHEN build.state = 'failed' THEN 'queued' ELSE build.state END
       RETURNING id`,
      [uuidv7(), account, inputDigest, JSON.stringify(manifest)],
    );
    return row!.id;
  }

  /** The build that is due longest and nobody holds. */
  async claim(owner: string): Promise<ClaimedBuild | undefined> {
    return this.database.transaction(async (tx) => {
      const [found] = await tx.query<{ id: string }[]>(
        `SELECT id FROM build WHERE due_at <= now() AND (lease_until IS NULL OR lease_until < now())
         ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
      );
      if (!found) return undefined;
      await tx.query(
        `UPDATE build SET lease_until = now() + make_interval(secs => $2), lease_epoch = lease_epoch + 1, lease_owner = $3 WHERE id = $1`,
        [found.id, leaseSeconds, owner],
      );
      return tx.findOneByOrFail(BuildRow, { id: found.id });
    });
  }

  /** @returns false when the build is no longer held */
  async renew(build: ClaimedBuild): Promise<boolean> {
    return this.database.read(async (manager) => {
      const result = await manager
        .createQueryBuilder()
        .update(BuildRow)
        .set({ leaseUntil: () => `now() + make_interval(secs => ${leaseSeconds})` })
        .where({ id: build.id, leaseEpoch: build.leaseEpoch })
        .execute();
      return result.affected === 1;
    });
  }

  /** Locks the build for a write of its holder. @throws LeaseLostError */
  async lock(tx: Transaction, build: ClaimedBuild): Promise<void> {
    const where = { id: build.id, leaseEpoch: build.leaseEpoch };
    const row = await tx.findOne(BuildRow, { where, lock: { mode: 'pessimistic_write' } });
    if (!row?.leaseUntil) throw new LeaseLostError(`build ${build.id} was taken by another builder`);
  }

  async saveResult(tx: Transaction, build: ClaimedBuild, result: BuildResult | null): Promise<void> {
    await tx.update(BuildRow, { id: build.id }, { state: result ? 'built' : 'queued', result: result as never });
  }

  /** Takes the build out of the queue. */
  async close(tx: Transaction, build: ClaimedBuild, state: 'built' | 'failed'): Promise<void> {
    await tx.update(BuildRow, { id: build.id }, { state, attempts: 0, dueAt: null, leaseUntil: null });
  }

  /** Lets go of the build; it is due again after `delayMs`. */
  async requeue(build: ClaimedBuild, delayMs: number, attempts: number): Promise<void> {
    await this.database.read((manager) =>
      manager.query(
        `UPDATE build SET lease_until = NULL, attempts = $4, due_at = now() + make_interval(secs => $3)
         WHERE id = $1 AND lease_epoch = $2`,
        [build.id, build.leaseEpoch, delayMs / 1000, attempts],
      ),
    );
  }

  /** Frees what an earlier life of this builder held. */
  async freeOwn(owner: string): Promise<void> {
    await this.database.read((manager) =>
      manager.query(`UPDATE build SET lease_until = NULL WHERE lease_owner = $1 AND lease_until IS NOT NULL`, [owner]),
    );
  }
}
