import { Injectable } from '@nestjs/common';
import type { RouteSnapshot } from '#slipway/contracts';
import { sha256Hex } from '#slipway/platform';
import { ServicesRepository } from '../services/services.repository.js';

/** Routers that were away for longer than this may keep a route of a service that is no more. */
const tombstoneDays = 30;

@Injectable()
export class SnapshotService {
  constructor(private readonly services: ServicesRepository) {}

  /** Of one environment, or of all. The tag changes with every version of every route. */
  async read(environment: string | undefined): Promise<{ etag: string; snapshot: RouteSnapshot }> {
    const services = await this.services.routes(environment, tombstoneDays);
    const routes = services.map((service) => ({ ...service.route!, version: service.routeVersion }));
    const versions = routes.map((route) => `${route.serviceId} ${route.version}`).join('\n');
    return { etag: `"${sha256Hex(versions)}"`, snapshot: { routes } };
  }
}
