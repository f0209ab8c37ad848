import { Inject, Injectable } from '@nestjs/common';
import { Database, failpoint, Log } from '#slipway/platform';
import type { ReplicaSpec } from '../compute/compute-target.port.js';
import { type DeployerEnv, ENV } from '../env.js';
import { resourcesOf } from '../services/container-resources.js';
import type { ReplicaEntity } from '../services/replica.entity.js';
import { ReplicasRepository } from '../services/replicas.repository.js';
import { RevisionsService } from '../services/revisions.service.js';
import type { Seen } from './seen.js';
import { type Lease, WorkQueueRepository } from './work-queue.repository.js';

/** Starts the processes of rows that were written for them. */
@Injectable()
export class ReplicaStarter {
  private readonly log: Log;

  constructor(
    private readonly database: Database,
    private readonly queue: WorkQueueRepository,
    private readonly replicas: ReplicasRepository,
    private readonly revisions: RevisionsService,
    @Inject(ENV) private readonly env: DeployerEnv,
    log: Log,
  ) {
    this.log = log.for('replica-starter');
  }

  /** One that cannot be started is found dead at the next look, and tried again like any that died. */
  async start(lease: Lease, seen: Seen, replica: ReplicaEntity): Promise<void> {
    const spec = this.specOf(seen, replica);
    const facts = { replica: replica.id, service: seen.service.id, revision: spec.revision };
    try {
      await failpoint('deployer.before_spawn');
      const identity = await seen.target.start(spec);
      try {
        await this.database.transaction(async (tx) => {
          await this.queue.hold(tx, lease);
          await this.replicas.update(tx, replica.id, { identity });
        });
      } catch (error) {
        // Another deployer has decided without knowing of this process.
        await seen.target.kill({ replicaId: replica.id, serviceId: seen.service.id, identity, probe: false });
        throw error;
      }
      this.log.info('a replica was started', { ...facts, identity });
    } catch (error) {
      this.log.error('a replica could not be started', facts, error);
    }
  }

  private specOf(seen: Seen, replica: ReplicaEntity): ReplicaSpec {
    const { service, uid } = seen;
    const revision = seen.revisions.get(replica.revisionId)!;
    const { settings } = revision;
    return {
      replicaId: replica.id,
      account: service.account,
      environment: service.environment,
      serviceId: service.id,
      serviceName: service.name,
      revisionId: revision.id,
      revision: revision.number,
      image: revision.image,
      ...this.revisions.inputsOf(revision),
      maxConcurrent: settings.maxConcurrentRequestsPerContainer,
      timeoutMs: settings.scoringTimeoutMs,
      maxBodyBytes: this.env.SLIPWAY_MAX_BODY_BYTES,
      collectData: settings.dataCollection.storageEnabled,
      resources: resourcesOf(settings.containerResourceReservation),
      uid,
    };
  }
}
