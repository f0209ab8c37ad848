import type { RouteRecord } from '#slipway/contracts';
import type { Endpoint } from '../slots/endpoint.js';
import type { Timing } from '../slots/lifetime.js';
import { ServiceSlots } from '../slots/service-slots.js';

/** A key as it is compared: the digest of its whole text. */
export interface KnownKey {
  id: string;
  digest: Buffer;
}

/** One service as this router serves it: its newest route, and what lives longer than one version of it. */
export class RoutedService {
  readonly slots: ServiceSlots;
  keys: readonly KnownKey[] = [];
  /** Answered with 503 since the start of the router. */
  refused = 0;

  constructor(
    public record: RouteRecord,
    timing: Timing,
    onRetired: (endpoint: Endpoint) => void,
  ) {
    this.slots = new ServiceSlots(timing, Math.random, onRetired);
    this.apply(record);
  }

  apply(record: RouteRecord): void {
    this.record = record;
    this.keys = record.keys.map((key) => ({ id: key.id, digest: Buffer.from(key.sha256, 'hex') }));
    this.slots.apply(record);
  }
}
