import { Inject, Injectable } from '@nestjs/common';
import type { ComputeTarget, Preparation } from '../compute/compute-target.port.js';
import { ComputeTargets } from '../compute/compute-targets.js';
import { type DeployerEnv, ENV } from '../env.js';
import { RouterWatch } from '../routes/router-watch.js';
import type { Desired, Observed } from './plan.js';
import { ReplicaMirror } from './replica.mirror.js';
import { SeenRepository } from './seen.repository.js';
import { desiredOf, handleOf, observedOf, type Seen, type SeenRows } from './seen.js';
import type { Lease } from './work-queue.repository.js';

/** Looks at a service: at its rows first, then at its processes and images, and at what the routers say. */
@Injectable()
export class ServiceObserver {
  constructor(
    private readonly rows: SeenRepository,
    private readonly routers: RouterWatch,
    private readonly targets: ComputeTargets,
    private readonly mirror: ReplicaMirror,
    @Inject(ENV) private readonly env: DeployerEnv,
  ) {}

  /** Undefined for a service of which nothing is left. */
  async look(lease: Lease): Promise<{ seen: Seen; desired: Desired; observed: Observed } | undefined> {
    let rows = await this.rows.read(lease.serviceId);
    if (!rows) return undefined;
    const target = await this.targets.of(rows.service.environmentId);
    const pods = (await target.workloads?.pods(lease.serviceId)) ?? [];
    if (await this.mirror.write(lease, rows, pods)) rows = await this.rows.read(lease.serviceId);
    if (!rows) return undefined;
    const sightings = await Promise.all(
      rows.replicas.map(async (replica) => [replica.id, await target.observe(handleOf(replica))] as const),
    );
    const seen = { ...rows, target, sightings: new Map(sightings), images: imagesOf(rows, target) };
    return { seen, desired: desiredOf(seen), observed: observedOf(seen, this.routers, this.env.SLIPWAY_PROGRESS_DEADLINE_MS) };
  }
}

function imagesOf({ service, revisions, uid }: SeenRows, target: ComputeTarget): Map<string, Preparation> {
  if (service.deletedAt) return new Map();
  const wanted = [service.targetRevisionId, service.servingRevisionId].flatMap((id) => revisions.get(id ?? '') ?? []);
  const runnable = wanted.filter((revision) => revision.status !== 'Failed');
  return new Map(runnable.map((revision) => [revision.id, target.prepare(revision.image, uid, service.id)]));
}
