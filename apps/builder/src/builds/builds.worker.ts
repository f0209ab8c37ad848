import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { backoff, CLOCK, type Clock, Log } from '#slipway/platform';
import { Workspace } from '../tools/workspace.adapter.js';
import { BuildQueue } from './build-queue.js';
import { BuildLogs } from './build-logs.adapter.js';
import { BuildsRepository, type ClaimedBuild, LeaseLostError, leaseSeconds } from './builds.repository.js';
import { BuildsService } from './builds.service.js';

const idleMs = 1_000;

/** Takes builds from the queue, a bounded number at a time, and keeps their leases alive. */
@Injectable()
export class BuildsWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private running: Promise<unknown> = Promise.resolve();
  private readonly log: Log;

  constructor(
    private readonly builds: BuildsRepository,
    private readonly service: BuildsService,
    private readonly queue: BuildQueue,
    private readonly place: { workspace: Workspace; logs: BuildLogs; owner: string; concurrency: number },
    @Inject(CLOCK) private readonly clock: Clock,
    log: Log,
  ) {
    this.log = log.for('worker');
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort(new Error('the builder is stopping'));
    this.queue.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    // The folders of an earlier life are removed before its leases are freed: nobody else works in them.
    await this.place.workspace.sweep();
    this.place.logs.sweep();
    await this.repeat('the leases of an earlier run could not be freed yet', async () => {
      await this.builds.freeOwn(this.place.owner);
      return 'done';
    });
    await Promise.all(Array.from({ length: this.place.concurrency }, () => this.take()));
  }

  private take(): Promise<void> {
    return this.repeat('the queue of builds could not be read', async () => {
      const build = await this.builds.claim(this.place.owner);
      if (!build) return 'idle';
      await this.hold(build);
      return 'more';
    });
  }

  /** Works on a build while renewing its lease; ends the work when the lease is lost. */
  private async hold(build: ClaimedBuild): Promise<void> {
    const lease = new AbortController();
    let renewedAt = this.clock.monotonic();
    const timer = setInterval(
      () => {
        void this.builds
          .renew(build)
          .then((held) => {
            if (held) renewedAt = this.clock.monotonic();
            else lease.abort(new LeaseLostError(`build ${build.id} was taken by another builder`));
          })
          .catch(() => {
            if (this.clock.monotonic() - renewedAt > leaseSeconds * 1000)
              lease.abort(new LeaseLostError('the lease could not be renewed'));
          });
      },
      (leaseSeconds * 1000) / 3,
    );
    try {
      await this.service.work(build, AbortSignal.any([this.stopping.signal, lease.signal]));
    } finally {
      clearInterval(timer);
    }
  }

  private async repeat(failure: string, step: () => Promise<'more' | 'idle' | 'done'>): Promise<void> {
    for (let attempt = 0; !this.stopping.signal.aborted;) {
      let pause = 0;
      try {
        const outcome = await step();
        if (outcome === 'done') return;
        if (outcome === 'idle') pause = idleMs;
        attempt = 0;
      } catch (error) {
        pause = backoff(attempt++, 200, 5_000);
        this.log.warn(failure, { attempt }, error);
      }
      if (pause > 0) await this.queue.wait(pause);
    }
  }
}
