import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CLOCK, type Clock, Log } from '#slipway/platform';
import { FeedRepository } from './feed.repository.js';

const pollMs = 250;

/** Looks at the end of the feed, once for all readers that wait, and only while some do. */
@Injectable()
export class FeedTail implements OnModuleDestroy {
  private readonly waiting = new Set<{ since: number; wake: () => void }>();
  private readonly stopping = new AbortController();
  private looking = false;
  private readonly log: Log;

  constructor(
    private readonly feed: FeedRepository,
    @Inject(CLOCK) private readonly clock: Clock,
    log: Log,
  ) {
    this.log = log.for('feed');
  }

  get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  onModuleDestroy(): void {
    this.stopping.abort();
    for (const { wake } of this.waiting) wake();
  }

  /** Resolves when the feed goes beyond `since`, after `maxMs`, when `signal` ends, or when the service stops. */
  wait(since: number, maxMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.stopped || signal.aborted) return resolve();
      const entry = {
        since,
        wake: (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', entry.wake);
          this.waiting.delete(entry);
          resolve();
        },
      };
      const timer = setTimeout(entry.wake, maxMs);
      signal.addEventListener('abort', entry.wake);
      this.waiting.add(entry);
      void this.look();
    });
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    while (this.waiting.size > 0 && !this.stopped) {
      try {
        const end = await this.feed.end();
        for (const entry of this.waiting) if (entry.since < end) entry.wake();
      } catch (error) {
        this.log.warn('the end of the feed could not be read', {}, error);
      }
      if (this.waiting.size > 0) await this.clock.sleep(pollMs, this.stopping.signal).catch(() => undefined);
    }
    this.looking = false;
  }
}
