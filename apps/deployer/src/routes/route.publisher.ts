import { Inject, Injectable } from '@nestjs/common';
import { type Clock, CLOCK, Database, Log } from '#slipway/platform';
import { ServiceFacts } from '../services/service-facts.js';
import type { ServiceEntity } from '../services/service.entity.js';
import { ServicesRepository } from '../services/services.repository.js';
import { ROUTE_BUS, type RouteBus } from './route-bus.port.js';
import { RouterWatch } from './router-watch.js';

/** After a put that failed. */
const tryAgainMs = 500;

/** Brings routes to the bus; one that could not be brought is brought at a later look. */
@Injectable()
export class RoutePublisher {
  private readonly underWay = new Set<string>();
  private readonly refused = new Map<string, number>();
  private readonly log: Log;

  constructor(
    private readonly database: Database,
    private readonly services: ServicesRepository,
    private readonly facts: ServiceFacts,
    private readonly routers: RouterWatch,
    @Inject(ROUTE_BUS) private readonly bus: RouteBus,
    @Inject(CLOCK) private readonly clock: Clock,
    log: Log,
  ) {
    this.log = log.for('routes');
  }

  /** Does not wait for the bus. */
  publish(service: ServiceEntity): void {
    const { id, routeVersion } = service;
    if (!service.route || service.routePublished >= routeVersion || this.underWay.has(id)) return;
    if (this.clock.monotonic() - (this.refused.get(id) ?? Number.NEGATIVE_INFINITY) < tryAgainMs) return;
    this.underWay.add(id);
    void this.put(service)
      .then(() => this.refused.delete(id))
      .catch((error: unknown) => {
        if (!this.refused.has(id))
          this.log.warn('a route could not be published yet', { service: id, version: routeVersion }, error);
        this.refused.set(id, this.clock.monotonic());
      })
      .finally(() => this.underWay.delete(id));
  }

  /** Tables that were set back know a lower version than the routers do, which would never listen to it. */
  async catchUp(service: ServiceEntity): Promise<void> {
    const highest = this.routers.highestApplied(service.environment, service.id);
    if (service.route && highest > service.routeVersion) await this.leap(service.id, highest);
  }

  private async put(service: ServiceEntity): Promise<void> {
    const outcome = await this.bus.put({ ...service.route!, version: service.routeVersion });
    if (outcome.put) await this.services.markPublished(service.id, service.routeVersion);
    else await this.leap(service.id, outcome.version);
  }

  private async leap(serviceId: string, above: number): Promise<void> {
    await this.database.transaction(async (tx) => {
      const service = await this.services.lock(tx, serviceId);
      if (!service || service.routeVersion > above) return;
      service.routeVersion = above + 1;
      service.routeAt = await this.services.now(tx);
      await this.facts.save(tx, service);
      this.log.warn('the routers know a later version of a route; it was raised', { service: serviceId, version: above + 1 });
    });
  }
}
