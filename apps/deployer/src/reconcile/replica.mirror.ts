import { Inject, Injectable } from '@nestjs/common';
import { Database } from '#slipway/platform';
import type { PodSighting } from '../compute/workload-target.port.js';
import { NODE_ID } from '../environments/node-id.js';
import { ReplicasRepository } from '../services/replicas.repository.js';
import type { SeenRows } from './seen.js';
import { type Lease, WorkQueueRepository } from './work-queue.repository.js';

/** Gives replicas that a target started by itself a row of their own, so that everything else about them is as always. */
@Injectable()
export class ReplicaMirror {
  constructor(
    private readonly database: Database,
    private readonly queue: WorkQueueRepository,
    private readonly replicas: ReplicasRepository,
    @Inject(NODE_ID) private readonly nodeId: string,
  ) {}

  /** Returns whether there is a new one. @throws StaleLease */
  async write(lease: Lease, rows: SeenRows, pods: readonly PodSighting[]): Promise<boolean> {
    const known = new Set(rows.replicas.map((replica) => replica.id));
    const fresh = pods.filter((pod) => pod.running && !pod.leaving && !known.has(pod.id));
    if (fresh.length === 0) return false;
    await this.database.transaction(async (tx) => {
      await this.queue.hold(tx, lease);
      for (const pod of fresh) await this.replicas.adopt(tx, { ...pod, serviceId: lease.serviceId, nodeId: this.nodeId });
    });
    return true;
  }
}
