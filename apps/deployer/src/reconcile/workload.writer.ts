import { Inject, Injectable } from '@nestjs/common';
import { Database } from '#slipway/platform';
import type { Workload, WorkloadRevision } from '../compute/workload-target.port.js';
import { type DeployerEnv, ENV } from '../env.js';
import { resourcesOf } from '../services/container-resources.js';
import type { RevisionEntity } from '../services/revision.entity.js';
import { RevisionsService } from '../services/revisions.service.js';
import type { Action, Desired, Observed } from './plan.js';
import type { Seen } from './seen.js';
import { type Lease, WorkQueueRepository } from './work-queue.repository.js';
import { sizesOf } from './workload.plan.js';

/** Tells a target that keeps replicas by itself what shall be there of a service. */
@Injectable()
export class WorkloadWriter {
  constructor(
    private readonly database: Database,
    private readonly queue: WorkQueueRepository,
    private readonly revisions: RevisionsService,
    @Inject(ENV) private readonly env: DeployerEnv,
  ) {}

  /** Returns whether everything is as it shall be. @throws DomainError what the cluster says; StaleLease */
  async write(lease: Lease, seen: Seen, desired: Desired, observed: Observed, plan: readonly Action[]): Promise<boolean> {
    const { service, target } = seen;
    // What was given up is still the target here: the next look knows better.
    if (plan.some((action) => action.do === 'give up')) return true;
    await this.database.transaction((tx) => this.queue.hold(tx, lease));
    const sizes = sizesOf(desired, observed, plan);
    const gone = new Set(plan.flatMap((action) => (action.do === 'forget' ? [action.replica] : [])));
    const leaving = new Set(plan.flatMap((action) => (action.do === 'drain' ? [action.replica] : [])));
    const workload: Workload = {
      environmentId: service.environmentId,
      account: service.account,
      serviceId: service.id,
      serviceName: service.name,
      revisions: [...sizes].map(([id, replicas]) => this.revisionOf(seen.revisions.get(id)!, replicas)),
      leaving: seen.replicas
        .filter(({ id, state }) => !gone.has(id) && (leaving.has(id) || state === 'Draining' || state === 'Stopping'))
        .map((replica) => replica.id),
    };
    return target.workloads!.apply(workload);
  }

  private revisionOf(revision: RevisionEntity, replicas: number | undefined): WorkloadRevision {
    const { settings } = revision;
    return {
      id: revision.id,
      number: revision.number,
      image: revision.image,
      ...this.revisions.inputsOf(revision),
      maxConcurrent: settings.maxConcurrentRequestsPerContainer,
      timeoutMs: settings.scoringTimeoutMs,
      maxBodyBytes: this.env.SLIPWAY_MAX_BODY_BYTES,
      collectData: settings.dataCollection.storageEnabled,
      resources: resourcesOf(settings.containerResourceReservation),
      replicas,
    };
  }
}
