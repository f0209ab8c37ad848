import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { backoff, type Clock, CLOCK, Log, withLogContext } from '#slipway/platform';
import { EnvironmentQueueRepository } from './environment-queue.repository.js';
import { EnvironmentProvisioner } from './environment.provisioner.js';
import { LocalNode } from './local-node.js';
import { NODE_ID } from './node-id.js';

const pollMs = 500;
const retryMs = 2_000;

/** Takes environments that are to be set up or taken down, one after the other, for as long as the process lives. */
@Injectable()
export class EnvironmentRunner implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;
  private readonly log: Log;

  constructor(
    private readonly queue: EnvironmentQueueRepository,
    private readonly provisioner: EnvironmentProvisioner,
    private readonly node: LocalNode,
    @Inject(NODE_ID) private readonly nodeId: string,
    @Inject(CLOCK) private readonly clock: Clock,
    log: Log,
  ) {
    this.log = log.for('environments');
  }

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.stopping.signal.aborted;) {
      try {
        const worked = await this.next();
        failures = 0;
        if (!worked) await this.pause(pollMs);
      } catch (error) {
        this.log.warn('the queue of environments cannot be read', { attempt: failures }, error);
        await this.pause(backoff(failures++, 200, 5_000));
      }
    }
  }

  private async next(): Promise<boolean> {
    const lease = await this.queue.take(this.nodeId);
    if (!lease) return false;
    await withLogContext({ correlationId: `environment-${lease.environmentId}` }, async () => {
      try {
        const again = await this.provisioner.provision(lease);
        if (again !== undefined) await this.queue.release(lease, again);
        await this.node.claim();
      } catch (error) {
        this.log.error('an environment could not be looked after', { environment: lease.environmentId }, error);
        await this.queue.release(lease, retryMs).catch(() => undefined);
      }
    });
    return true;
  }

  private pause(ms: number): Promise<void> {
    return this.clock.sleep(ms, this.stopping.signal).catch(() => undefined);
  }
}
