import { Injectable } from '@nestjs/common';
import { Database } from '#slipway/platform';
import { OperationsRepository } from '../services/operations.repository.js';
import { ReplicasRepository } from '../services/replicas.repository.js';
import { RevisionsRepository } from '../services/revisions.repository.js';
import { ServiceUsersRepository } from '../services/service-users.repository.js';
import { ServicesRepository } from '../services/services.repository.js';
import type { SeenRows } from './seen.js';

/** Reads all rows that a look at a service needs. */
@Injectable()
export class SeenRepository {
  constructor(
    private readonly database: Database,
    private readonly services: ServicesRepository,
    private readonly revisions: RevisionsRepository,
    private readonly replicas: ReplicasRepository,
    private readonly operations: OperationsRepository,
    private readonly users: ServiceUsersRepository,
  ) {}

  /** Undefined for a service of which nothing is left. */
  async read(serviceId: string): Promise<SeenRows | undefined> {
    return this.database.read(async (manager) => {
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
  }
}
