import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { backoff, type Clock, CLOCK, Log, withLogContext } from '#slipway/platform';
import { LocalNode } from '../environments/local-node.js';
import { RetentionService } from '../retention/retention.service.js';
import { ServiceReconciler } from './service.reconciler.js';
import { Wake } from './wake.js';
import { type Lease, StaleLease, WorkQueueRepository } from './work-queue.repository.js';

/** Services looked at at the same time. */
const atOnce = 4;
/** The queue is asked at least this often: another deployer may have put something in. */
const pollMs = 500;
/** After a look that failed. */
const retryMs = 1_000;

/** Takes what is due from the queue and hands it to the reconciler, for as long as the process lives. */
@Injectable()
export class ReconcileRunner implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private loop: Promise<void> | undefined;
  private known: ReadonlySet<string> = new Set();
  private readonly log: Log;

  constructor(
    private readonly queue: WorkQueueRepository,
    private readonly reconciler: ServiceReconciler,
    private readonly node: LocalNode,
    private readonly wake: Wake,
    private readonly retention: RetentionService,
    @Inject(CLOCK) private readonly clock: Clock,
    log: Log,
  ) {
    this.log = log.for('reconciler');
  }

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.wake.now();
    await this.loop;
    await Promise.all(this.running);
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.stopping.signal.aborted;) {
      try {
        await this.takeOver();
        const lease = this.running.size < atOnce ? await this.queue.take(this.node.environmentIds()) : undefined;
        failures = 0;
        if (lease) this.begin(lease);
        else await this.wake.wait(this.running.size < atOnce ? await this.untilDue() : pollMs);
      } catch (error) {
        this.log.warn('the queue of services cannot be read', { attempt: failures }, error);
        await this.clock.sleep(backoff(failures++, 200, 5_000), this.stopping.signal).catch(() => undefined);
      }
    }
  }

  /** Services that came with an environment are all looked at once: their replicas may have ended unseen. */
  private async takeOver(): Promise<void> {
    const ids = this.node.environmentIds();
    if (ids.every((id) => this.known.has(id)) && ids.length === this.known.size) return;
    await this.queue.touchAll(ids);
    this.known = new Set(ids);
  }

  private async untilDue(): Promise<number> {
    return Math.min(pollMs, (await this.queue.dueIn(this.node.environmentIds())) ?? pollMs);
  }

  private begin(lease: Lease): void {
    const work = withLogContext({ correlationId: `reconcile-${lease.serviceId}` }, () => this.look(lease));
    this.running.add(work);
    void work.finally(() => {
      this.running.delete(work);
      this.wake.now();
    });
  }

  private async look(lease: Lease): Promise<void> {
    try {
      const next = await this.reconciler.reconcile(lease);
      if (next === undefined) this.retention.soon();
      else await this.queue.release(lease, next);
    } catch (error) {
      if (error instanceof StaleLease) {
        this.log.warn('another deployer has taken over a service', { service: lease.serviceId });
        return;
      }
      this.log.error('a service could not be looked after', { service: lease.serviceId }, error);
      // Without a database the lease runs out by itself.
      await this.queue.release(lease, retryMs).catch(() => undefined);
    }
  }
}
