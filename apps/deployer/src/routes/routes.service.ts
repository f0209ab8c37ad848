import { Inject, Injectable } from '@nestjs/common';
import type { Transaction } from '#slipway/platform';
import { type DeployerEnv, ENV } from '../env.js';
import { ServiceKeysRepository } from '../keys/service-keys.repository.js';
import { ReplicasRepository } from '../services/replicas.repository.js';
import { RevisionsRepository } from '../services/revisions.repository.js';
import type { ServiceEntity } from '../services/service.entity.js';
import { ServicesRepository } from '../services/services.repository.js';
import { buildRoute, sameRoute } from './route.record.js';

@Injectable()
export class RoutesService {
  constructor(
    private readonly services: ServicesRepository,
    private readonly revisions: RevisionsRepository,
    private readonly replicas: ReplicasRepository,
    private readonly keys: ServiceKeysRepository,
    @Inject(ENV) private readonly env: DeployerEnv,
  ) {}

  /**
   * Brings the route of a locked service up to what the tables say now, under the next version when it differs. The
   * caller writes the row. Returns whether there is a new version.
   */
  async refresh(tx: Transaction, service: ServiceEntity): Promise<boolean> {
    const serving = service.servingRevisionId ? await this.revisions.get(tx, service.servingRevisionId) : undefined;
    const route = buildRoute({
      service,
      serving,
      replicas: await this.replicas.live(service.id, tx),
      keys: await this.keys.list(service.id, tx),
      maxBodyBytes: this.env.SLIPWAY_MAX_BODY_BYTES,
    });
    if (!route || sameRoute(service.route, route)) return false;
    service.route = route;
    service.routeVersion += 1;
    service.routeAt = await this.services.now(tx);
    return true;
  }
}
