import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { LoadSample, loadSubject } from '#slipway/contracts';
import { BUS, type Bus, Log } from '#slipway/platform';
import { RouterWatch } from './router-watch.js';

/** Feeds the routers' load samples from core NATS into the watch. */
@Injectable()
export class LoadSamples implements OnApplicationBootstrap, OnApplicationShutdown {
  private subscription: Subscription | undefined;
  private readonly log: Log;

  constructor(
    @Inject(BUS) private readonly bus: Bus,
    private readonly watch: RouterWatch,
    log: Log,
  ) {
    this.log = log.for('load-samples');
  }

  onApplicationBootstrap(): void {
    void this.bus().then((connection) => this.listen(connection));
  }

  onApplicationShutdown(): void {
    this.subscription?.unsubscribe();
  }

  private async listen(connection: NatsConnection): Promise<void> {
    this.subscription = connection.subscribe(loadSubject('*', '*'), {
      callback: (error, message) => {
        if (error) {
          this.log.error('the bus refused the load samples', {}, error);
          return;
        }
        const sample = LoadSample.safeParse(message.json());
        if (sample.success) this.watch.see(sample.data);
        else this.log.warn('a load sample could not be read', { subject: message.subject }, sample.error);
      },
    });
    this.watch.listening(true);
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') this.watch.listening(false);
      if (status.type === 'reconnect') this.watch.listening(true);
    }
  }
}
