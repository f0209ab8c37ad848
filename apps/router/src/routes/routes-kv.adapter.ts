import { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { bus, RouteRecord } from '#slipway/contracts';
import { backoff, type Log } from '#slipway/platform';
import type { RouterBus } from '../bus/router-bus.adapter.js';
import type { RoutesService } from './routes.service.js';

/** Follows the bucket of routes for as long as the router runs: first all of it, then each change. */
export class RoutesBucket {
  private stopped = false;
  private stopWatch: () => void = () => undefined;

  constructor(
    private readonly bus: RouterBus,
    private readonly routes: RoutesService,
    private readonly log: Log,
  ) {}

  async follow(): Promise<void> {
    for (let attempt = 0; !this.stopped; attempt++) {
      try {
        await this.watch(await this.bus.connection());
        attempt = 0;
      } catch (error) {
        if (!this.stopped) this.log.warn('the bucket of routes cannot be read; the snapshot still is', { attempt }, error);
      }
      if (!this.stopped) await new Promise((resolve) => setTimeout(resolve, backoff(attempt, 250, 5_000)).unref());
    }
  }

  stop(): void {
    this.stopped = true;
    this.stopWatch();
  }

  private async watch(connection: NatsConnection): Promise<void> {
    const bucket = await new Kvm(connection).open(bus.routesBucket);
    const watch = await bucket.watch();
    this.stopWatch = () => watch.stop();
    for await (const entry of watch) {
      // A removed key says nothing: only a tombstone removes a service.
      if (entry.operation !== 'PUT') continue;
      const record = readRecord(entry.value);
      if (record) this.routes.apply(record, 'bucket');
      else this.log.error('a route in the bucket is not readable', { key: entry.key });
    }
  }
}

function readRecord(value: Uint8Array): RouteRecord | undefined {
  try {
    return RouteRecord.parse(JSON.parse(Buffer.from(value).toString('utf8')));
  } catch {
    return undefined;
  }
}
