import type { NatsConnection } from '@nats-io/transport-node';
import { type LoadSample, loadSubject } from '#slipway/contracts';
import type { RouterBus } from '../bus/router-bus.adapter.js';

const periodMs = 250;

/** Publishes the load on core NATS; a sample that nobody hears is worth nothing a moment later. */
export class LoadPublisher {
  private stopped = false;

  constructor(
    private readonly bus: RouterBus,
    private readonly samples: () => LoadSample[],
  ) {}

  async start(): Promise<void> {
    while (!this.stopped) await this.publishWhileOpen(await this.bus.connection());
  }

  stop(): void {
    this.stopped = true;
  }

  private async publishWhileOpen(connection: NatsConnection): Promise<void> {
    let connected = true;
    const timer = setInterval(() => {
      // While disconnected the client would keep the samples and send them late, as if they were of that moment.
      if (!connected || this.stopped || connection.isClosed()) return;
      for (const sample of this.samples()) {
        connection.publish(loadSubject(sample.environment, sample.routerId), JSON.stringify(sample));
      }
    }, periodMs).unref();
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') connected = false;
      else if (status.type === 'reconnect') connected = true;
    }
    clearInterval(timer);
    await connection.closed();
  }
}
