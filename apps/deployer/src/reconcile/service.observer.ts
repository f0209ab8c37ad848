import { Inject, Injectable } from '@nestjs/common';
import { Database } from '#slipway/platform';
import { COMPUTE_TARGET, type ComputeTarget, type Preparation } from '../compute/compute-target.port.js';
import { OperationsRepository } from '../services/operations.repository.js';
import { ReplicasRepository } from '../services/replicas.repository.js';
import type { RevisionEntity } from '../services/revision.entity.js';
import { RevisionsRepository } from '../services/revisions.repository.js';
import { ServiceUsersRepository } from '../services/service-users.repository.js';
import { ServicesRepository } from '../services/services.repository.js';
import { handleOf, type Seen } from './seen.js';

/** Looks at a service: at its rows first, then at its processes and images. */
@Injectable()
export class ServiceObserver {
  constructor(
    private readonly database: Database,
    private readonly services: ServicesRepository,
    private readonly revisions: RevisionsRepository,
    private readonly replicas: ReplicasRepository,
    private readonly operations: OperationsRepository,
    private readonly users: ServiceUsersRepository,
    @Inject(COMPUTE_TARGET) private readonly target: ComputeTarget,
  ) {}

  /** Undefined for a service of which nothing is left. */
  async see(serviceId: string): Promise<Seen | undefined> {
    const rows = await this.database.read(async (manager) => {
      const service = await this.services.get(manager, serviceId);
      if (!service || service.goneAt) return undefined;
      const replicas = await this.replicas.live(serviceId, manager);
      const ids = [service.targetRevisionId, service.servingRevisionId, ...replicas.map((replica) => replica.revisionId)];
      return {
        service,
        replicas,
        revisions: await this.revisions.byIds(manager, [...new Set(ids.filter((id) => id !== null))]),
        operation: await this.operations.running(manager, serviceId),
        uid: await this.users.find(manager, serviceId),
        now: await this.services.now(manager),
      };
    });
    if (!rows) return undefined;
    const sightings = await Promise.all(
      rows.replicas.map(async (replica) => [replica.id, await this.target.observe(handleOf(replica))] as const),
    );
    return { ...rows, sightings: new Map(sightings), images: this.images(rows) };
  }

  private images({ service, revisions, uid }: Pick<Seen, 'service' | 'revisions' | 'uid'>): Map<string, Preparation> {
    if (service.deletedAt) return new Map();
    const wanted = [service.targetRevisionId, service.servingRevisionId].flatMap((id) => revisions.get(id ?? '') ?? []);
    const runnable = wanted.filter((revision: RevisionEntity) => revision.status !== 'Failed');
    return new Map(runnable.map((revision) => [revision.id, this.target.prepare(revision.image, uid, service.id)]));
  }
}
