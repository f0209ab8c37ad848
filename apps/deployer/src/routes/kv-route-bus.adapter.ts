import { type KV, Kvm } from '@nats-io/kv';
import { bus, RouteRecord } from '#slipway/contracts';
import { type Bus, canonicalJson } from '#slipway/platform';
import type { PutOutcome, RouteBus } from './route-bus.port.js';

/** A put that takes longer is given up and repeated later. */
const limitMs = 2_000;

/** Routes as values of the bucket `ROUTES`, key = the service's id. */
export class KvRouteBus implements RouteBus {
  private bucket: Promise<KV> | undefined;

  constructor(private readonly bus: Bus) {}

  async put(route: RouteRecord): Promise<PutOutcome> {
    return within(limitMs, this.write(route));
  }

  private async write(route: RouteRecord): Promise<PutOutcome> {
    const kv = await this.open();
    const entry = await kv.get(route.serviceId);
    const text = canonicalJson(route);
    if (entry && entry.operation === 'PUT') {
      const there = RouteRecord.safeParse(entry.json());
      if (there.success && there.data.version >= route.version) {
        return canonicalJson(there.data) === text ? { put: true } : { put: false, version: there.data.version };
      }
    }
    // Written only over what was just read, so that a slower deployer never puts an older route over a newer one.
    await (entry ? kv.update(route.serviceId, text, entry.revision) : kv.create(route.serviceId, text));
    return { put: true };
  }

  private async open(): Promise<KV> {
    this.bucket ??= this.bus().then((connection) => new Kvm(connection).open(bus.routesBucket, { allow_direct: true }));
    this.bucket.catch(() => (this.bucket = undefined));
    return this.bucket;
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the bus did not take the route in time')), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
