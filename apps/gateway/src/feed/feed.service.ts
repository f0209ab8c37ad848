import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FeedEntry } from '#slipway/contracts';
import { CLOCK, type Clock, DomainError } from '#slipway/platform';
import { FeedRepository } from './feed.repository.js';

/** What a stream is written to. */
export interface EventSink {
  writableEnded: boolean;
  destroyed: boolean;
  setHeader(name: string, value: string): unknown;
  flushHeaders(): void;
  write(text: string): boolean;
  end(): unknown;
  once(event: 'drain' | 'close', listener: () => void): unknown;
}

const pollMs = 300;
const heartbeatMs = 15_000;
const batch = 200;
const maxStreams = 200;

/** The feed as pages and as server-sent events (WHATWG HTML §9.2); a slow reader is waited for, never buffered for. */
@Injectable()
export class FeedService implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  private streams = 0;

  constructor(
    private readonly feed: FeedRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleDestroy(): void {
    this.stopping.abort();
  }

  async page(account: string, after: number, limit: number): Promise<{ value: FeedEntry[]; next: number }> {
    const value = await this.feed.after(account, after, limit);
    return { value, next: value.at(-1)?.position ?? after };
  }

  /** Writes events after `after`, or only new ones, until the reader leaves or the service stops. */
  async stream(account: string, after: number | undefined, sink: EventSink): Promise<void> {
    if (this.streams >= maxStreams)
      throw new DomainError(
        'rate_limited',
        `this gateway already streams events to ${maxStreams} readers; close one or read pages`,
      );
    this.streams += 1;
    let left = false;
    sink.once('close', () => (left = true));
    try {
      let position = after ?? (await this.feed.end(account));
      for (const [name, value] of Object.entries({
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
      }))
        sink.setHeader(name, value);
      sink.flushHeaders();
      let quietSince = this.clock.monotonic();
      while (!left && !this.stopping.signal.aborted) {
        const entries = await this.feed.after(account, position, batch);
        for (const entry of entries) {
          await write(sink, `id: ${entry.position}\nevent: ${entry.event.type}\ndata: ${JSON.stringify(entry)}\n\n`);
          position = entry.position;
        }
        if (entries.length > 0) quietSince = this.clock.monotonic();
        else if (this.clock.monotonic() - quietSince > heartbeatMs) {
          await write(sink, ': still here\n\n');
          quietSince = this.clock.monotonic();
        }
        if (entries.length < batch) await this.clock.sleep(pollMs, this.stopping.signal).catch(() => undefined);
      }
    } finally {
      this.streams -= 1;
      if (!sink.writableEnded) sink.end();
    }
  }
}

async function write(sink: EventSink, text: string): Promise<void> {
  if (sink.destroyed || sink.write(text)) return;
  await new Promise<void>((resolve) => {
    sink.once('drain', resolve);
    sink.once('close', resolve);
  });
}
