import type { RouteRecord } from '#slipway/contracts';
import type { Endpoint } from '../slots/endpoint.js';
import type { Timing } from '../slots/lifetime.js';
import { RoutedService } from './routed-service.js';

const nameKey = (environment: string, name: string): string => `${environment}/${name}`;

/** What is served where. A record counts only when its version is higher; nothing but a tombstone removes a service. */
export class RouteTable {
  private readonly services = new Map<string, RoutedService>();
  private readonly tombstones = new Map<string, RouteRecord>();
  /** Deleted services that still have requests at replicas. */
  private readonly leaving = new Set<RoutedService>();
  private readonly byName = new Map<string, RoutedService>();
  private readonly byDefaultName = new Map<string, RoutedService>();

  constructor(
    private readonly timing: Timing,
    private readonly onRetired: (endpoint: Endpoint) => void = () => undefined,
  ) {}

  /** True when the record changed the table. */
  apply(record: RouteRecord): boolean {
    const known = this.services.get(record.serviceId);
    const version = known?.record.version ?? this.tombstones.get(record.serviceId)?.version ?? 0;
    if (record.version <= version) return false;
    if (known) this.unname(known);
    if (record.deleted) {
      this.tombstones.set(record.serviceId, record);
      this.services.delete(record.serviceId);
      if (known) {
        this.nameOthers(known.record);
        known.apply(record);
        this.leaving.add(known);
      }
      return true;
    }
    this.tombstones.delete(record.serviceId);
    const service = known ?? new RoutedService(record, this.timing, this.onRetired);
    if (known) known.apply(record);
    else this.services.set(record.serviceId, service);
    this.name(service);
    return true;
  }

  /** Without an environment: the installation's default one. */
  find(environment: string | undefined, name: string): RoutedService | undefined {
    return environment === undefined ? this.byDefaultName.get(name) : this.byName.get(nameKey(environment, name));
  }

  all(): IterableIterator<RoutedService> {
    return this.services.values();
  }

  /** All, and the deleted ones that are not done yet. */
  *withLeaving(): Generator<RoutedService> {
    yield* this.services.values();
    for (const service of this.leaving) {
      if (service.slots.busyReplicas().length > 0) yield service;
      else this.leaving.delete(service);
    }
  }

  /** Everything that a restart needs, tombstones too: an old record must not bring a service back. */
  records(): RouteRecord[] {
    return [...[...this.services.values()].map((service) => service.record), ...this.tombstones.values()];
  }

  private name(service: RoutedService): void {
    const { environment, name, isDefault } = service.record;
    this.byName.set(nameKey(environment, name), service);
    if (isDefault) this.byDefaultName.set(name, service);
  }

  private unname(service: RoutedService): void {
    const { environment, name } = service.record;
    if (this.byName.get(nameKey(environment, name)) === service) this.byName.delete(nameKey(environment, name));
    if (this.byDefaultName.get(name) === service) this.byDefaultName.delete(name);
  }

  /** A name that was free for a moment at the deployer may already belong to another service here. */
  private nameOthers(gone: RouteRecord): void {
    for (const service of this.services.values()) {
      if (service.record.name === gone.name && service.record.environment === gone.environment) this.name(service);
    }
  }
}
