import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { backoff, CLOCK, type Clock, Log, Readiness } from '#slipway/platform';
import { CapturesService } from './captures.service.js';

const idleMs = 300;
const releaseEveryMs = 10_000;
const sealEveryMs = 60_000;

/** Keeps taking batches; a failure is repeated with back-off and never skips a record. */
@Injectable()
export class CapturesRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private failure: string | undefined;
  private readonly log: Log;

  constructor(
    private readonly captures: CapturesService,
    @Inject(CLOCK) private readonly clock: Clock,
    readiness: Readiness,
    log: Log,
  ) {
    this.log = log.for('captures');
    readiness.add('captures', () => this.failure);
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    let attempt = 0;
    let releasedAt = this.clock.monotonic();
    let sealedAt = releasedAt;
    while (!this.stopping.signal.aborted) {
      let pause = idleMs;
      try {
        if ((await this.captures.takeBatch()) > 0) pause = 0;
        if (this.clock.monotonic() - releasedAt > releaseEveryMs) {
          await this.captures.release();
          releasedAt = this.clock.monotonic();
        }
        if (this.clock.monotonic() - sealedAt > sealEveryMs) {
          await this.captures.sealIdleParts(this.clock.now());
          sealedAt = this.clock.monotonic();
        }
        attempt = 0;
        this.failure = undefined;
      } catch (error) {
        pause = backoff(attempt, 300, 10_000);
        attempt += 1;
        this.failure = 'the last batch was not written';
        this.log.warn('a batch of captures was not written and will be repeated', { attempt, delayMs: Math.round(pause) }, error);
      }
      if (pause > 0) await this.clock.sleep(pause, this.stopping.signal).catch(() => undefined);
    }
  }
}
