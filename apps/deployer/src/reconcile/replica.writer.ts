import { Inject, Injectable } from '@nestjs/common';
import { backoff, type Transaction, uuidv7 } from '#slipway/platform';
import { NODE_ID } from '../environments/node-id.js';
import type { ReplicaEntity } from '../services/replica.entity.js';
import { ReplicasRepository } from '../services/replicas.repository.js';
import type { Action } from './plan.js';
import type { Seen } from './seen.js';

const firstRetryMs = 200;
const longestRetryMs = 30_000;
/** A replica that was ready for this long has no crash behind it that counts. */
const goodWhileMs = 60_000;

/** Writes what becomes of single replicas. */
@Injectable()
export class ReplicaWriter {
  constructor(
    private readonly replicas: ReplicasRepository,
    @Inject(NODE_ID) private readonly nodeId: string,
  ) {}

  async markReady(tx: Transaction, id: string, seen: Seen): Promise<void> {
    const { identity, endpoint } = seen.sightings.get(id)!;
    await this.replicas.update(tx, id, {
      state: 'Ready',
      readyAt: seen.now,
      host: endpoint!.host,
      port: endpoint!.port,
      identity: identity!,
    });
  }

  async markUnready(tx: Transaction, id: string): Promise<void> {
    await this.replicas.update(tx, id, { state: 'Starting' });
  }

  async markFailed(tx: Transaction, id: string, seen: Seen): Promise<void> {
    const replica = replicaOf(seen, id);
    const lived = replica.readyAt ? seen.now.getTime() - replica.readyAt.getTime() : 0;
    const crashes = lived >= goodWhileMs ? 1 : replica.crashes + 1;
    const wait = backoff(crashes - 1, firstRetryMs, longestRetryMs);
    await this.replicas.update(tx, id, {
      state: 'Failed',
      crashes,
      exitCode: seen.sightings.get(id)?.exitCode ?? null,
      retryAt: new Date(seen.now.getTime() + wait),
    });
  }

  async forget(tx: Transaction, id: string): Promise<void> {
    await this.replicas.update(tx, id, { state: 'Gone' });
  }

  /** `version`: the first route without it; null when no route has named it. */
  async drain(tx: Transaction, id: string, version: number | null): Promise<void> {
    await this.replicas.update(tx, id, { state: 'Draining', drainVersion: version });
  }

  async markStopping(tx: Transaction, id: string): Promise<void> {
    await this.replicas.update(tx, id, { state: 'Stopping' });
  }

  /** A place for a process that is started after the commit, so that no process is ever unknown. */
  async insert(tx: Transaction, action: Extract<Action, { do: 'start' }>, seen: Seen): Promise<ReplicaEntity> {
    const before = action.after === undefined ? undefined : replicaOf(seen, action.after);
    const revision = seen.revisions.get(action.revision)!;
    const replica: Partial<ReplicaEntity> & { id: string } = {
      id: uuidv7(),
      serviceId: seen.service.id,
      revisionId: revision.id,
      revision: revision.number,
      nodeId: this.nodeId,
      state: 'Starting',
      restarts: before ? before.restarts + 1 : 0,
      crashes: before?.crashes ?? 0,
    };
    await this.replicas.insert(tx, replica);
    return replica as ReplicaEntity;
  }
}

function replicaOf(seen: Seen, id: string): ReplicaEntity {
  const replica = seen.replicas.find((one) => one.id === id);
  if (!replica) throw new Error(`replica ${id} is not among those that were seen`);
  return replica;
}
