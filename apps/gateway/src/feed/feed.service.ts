import { Inject, Injectable } from '@nestjs/common';
import type { FeedEntry } from '#slipway/contracts';
import { CLOCK, type Clock, DomainError, Log } from '#slipway/platform';
import { FeedRepository } from './feed.repository.js';
import { FeedTail } from './feed.tail.js';

/** What a stream is written to. */
export interface EventSink {
  /** Opens the stream; nothing was sent before. */
  open(): void;
  /** Resolves when the reader can take more; false when it took nothing for too long, or has left. */
  write(text: string): Promise<boolean>;
  close(): void;
  /** Ends when the reader leaves. */
  readonly gone: AbortSignal;
}

export interface FeedPage {
  value: FeedEntry[];
  /** Where the next page begins: its `after`. */
  next: number;
  more: boolean;
}

const heartbeatMs = 15_000;
/** A reader has at most this many in hand. */
const batch = 100;
const maxStreams = 200;
/** Then the reader comes back with its token, which may have been revoked meanwhile. */
const maxStreamMs = 900_000;

/** The feed as pages and as server-sent events (WHATWG HTML §9.2); a slow reader is waited for, never buffered for. */
@Injectable()
export class FeedService {
  private streams = 0;
  private readonly log: Log;

  constructor(
    private readonly feed: FeedRepository,
    private readonly tail: FeedTail,
    @Inject(CLOCK) private readonly clock: Clock,
    log: Log,
  ) {
    this.log = log.for('feed');
  }

  async page(account: string, after: number, limit: number): Promise<FeedPage> {
    const rows = await this.feed.after(account, after, limit + 1);
    const value = rows.slice(0, limit);
    return { value, next: value.at(-1)?.position ?? after, more: rows.length > limit };
  }

  /** Writes events after `after`, or only new ones, until the reader leaves or the service stops. */
  async stream(account: string, after: number | undefined, sink: EventSink): Promise<void> {
    if (this.streams >= maxStreams)
      throw new DomainError('rate_limited', `this gateway already streams events to ${maxStreams} readers; read pages instead`);
    this.streams += 1;
    try {
      const start = after ?? (await this.feed.end());
      sink.open();
      await this.pump(account, start, sink);
    } catch (error) {
      if (!sink.gone.aborted) throw error;
    } finally {
      this.streams -= 1;
      sink.close();
    }
  }

  private async pump(account: string, start: number, sink: EventSink): Promise<void> {
    let position = start;
    // Says at once where the stream begins, and how soon to come back when it breaks.
    let writing = sink.write(`retry: 1000\nid: ${start}\n: open at ${start}\n\n`);
    let saidAt = this.clock.monotonic();
    const end = saidAt + maxStreamMs;
    while ((await writing) && !sink.gone.aborted && !this.tail.stopped && this.clock.monotonic() < end) {
      // Read before the entries: what comes between the two is seen by the next look.
      const seen = await this.feed.end();
      const entries = await this.feed.after(account, position, batch);
      position = entries.at(-1)?.position ?? position;
      if (entries.length > 0) {
        writing = sink.write(entries.map(toServerSentEvent).join(''));
        saidAt = this.clock.monotonic();
      } else if (this.clock.monotonic() - saidAt >= heartbeatMs) {
        writing = sink.write(': still here\n\n');
        saidAt = this.clock.monotonic();
      } else await this.tail.wait(seen, heartbeatMs, sink.gone);
    }
    if (!(await writing) && !sink.gone.aborted)
      this.log.info('a reader of events took nothing for too long and was left', { account });
  }
}

const toServerSentEvent = (entry: FeedEntry): string => `id: ${entry.position}\ndata: ${JSON.stringify(entry)}\n\n`;
