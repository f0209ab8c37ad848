import { Inject, Injectable } from '@nestjs/common';
import { Log } from '#slipway/platform';
import { COMPUTE_TARGET, type ComputeTarget } from '../compute/compute-target.port.js';
import { ReplicaFolders } from '../compute/process/replica-folders.js';
import { ReplicasRepository } from '../services/replicas.repository.js';

/**
 * Ends processes that no row stands for: of a deployer that was killed or too slow between a decision and its record, or
 * of tables that were set back. One is ended when it is seen for the second time, so that nothing just being written is.
 */
@Injectable()
export class OrphanSweeper {
  private suspects = new Set<string>();
  private readonly log: Log;

  constructor(
    private readonly replicas: ReplicasRepository,
    private readonly folders: ReplicaFolders,
    @Inject(COMPUTE_TARGET) private readonly target: ComputeTarget,
    log: Log,
  ) {
    this.log = log.for('orphans');
  }

  async sweep(): Promise<void> {
    const ids = await this.folders.list('run');
    const states = await this.replicas.states(ids);
    const orphans = ids.filter((id) => (states.get(id) ?? 'Gone') === 'Gone');
    for (const id of orphans) if (this.suspects.has(id)) await this.end(id);
    this.suspects = new Set(orphans);
  }

  private async end(replicaId: string): Promise<void> {
    const handle = { replicaId, serviceId: '', identity: undefined, probe: false };
    const { running, identity } = await this.target.observe(handle);
    if (running) {
      this.log.warn('a replica that belongs to nobody is ended', {
        replica: replicaId,
        ...(identity ? { pid: identity.pid } : {}),
      });
      await this.target.kill(handle);
    }
    await this.target.discard(replicaId);
  }
}
