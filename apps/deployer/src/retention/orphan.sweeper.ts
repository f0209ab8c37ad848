import { Injectable } from '@nestjs/common';
import { Log } from '#slipway/platform';
import type { ComputeTarget } from '../compute/compute-target.port.js';
import { ComputeTargets } from '../compute/compute-targets.js';
import { LocalNode } from '../environments/local-node.js';
import type { WorkloadTarget } from '../compute/workload-target.port.js';
import { ReplicasRepository } from '../services/replicas.repository.js';
import { ServicesRepository } from '../services/services.repository.js';

/**
 * Ends replicas that no row stands for: of a deployer that was killed or too slow between a decision and its record, or
 * of tables that were set back. One is ended when it is seen for the second time, so that nothing just being written is.
 */
@Injectable()
export class OrphanSweeper {
  private suspects = new Set<string>();
  private readonly log: Log;

  constructor(
    private readonly replicas: ReplicasRepository,
    private readonly services: ServicesRepository,
    private readonly targets: ComputeTargets,
    private readonly node: LocalNode,
    log: Log,
  ) {
    this.log = log.for('orphans');
  }

  async sweep(): Promise<void> {
    const suspects = new Set<string>();
    for (const environmentId of this.node.environmentIds()) {
      try {
        const target = await this.targets.of(environmentId);
        const found = target.workloads ? this.sweepWorkloads(target.workloads) : this.sweepTarget(target);
        for (const id of await found) suspects.add(id);
      } catch (error) {
        this.log.warn('orphans of an environment could not be looked for', { environment: environmentId }, error);
      }
    }
    this.suspects = suspects;
  }

  /** Returns what no row stands for. */
  private async sweepTarget(target: ComputeTarget): Promise<string[]> {
    const ids = await target.list();
    const states = await this.replicas.states(ids);
    const orphans = ids.filter((id) => (states.get(id) ?? 'Gone') === 'Gone');
    for (const id of orphans) if (this.suspects.has(id)) await this.end(target, id);
    return orphans;
  }

  /** A deployer that was too slow may have brought back objects of a service that is gone. Returns such services. */
  private async sweepWorkloads(workloads: WorkloadTarget): Promise<string[]> {
    const ids = await workloads.services();
    const there = await this.services.present(ids);
    const orphans = ids.filter((id) => !there.has(id));
    for (const id of orphans) {
      if (!this.suspects.has(id)) continue;
      this.log.warn('objects of a service that is gone are deleted', { service: id });
      await workloads.remove(id);
    }
    return orphans;
  }

  private async end(target: ComputeTarget, replicaId: string): Promise<void> {
    const handle = { replicaId, serviceId: '', identity: undefined, probe: false };
    const { running, identity } = await target.observe(handle);
    if (running) {
      this.log.warn('a replica that belongs to nobody is ended', { replica: replicaId, ...(identity ? { identity } : {}) });
      await target.kill(handle);
    }
    await target.discard(replicaId);
  }
}
