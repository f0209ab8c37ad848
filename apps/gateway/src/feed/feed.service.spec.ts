import { describe, expect, it } from 'vitest';
import type { EventEnvelope, FeedEntry } from '#slipway/contracts';
import { type Clock, Log } from '#slipway/platform';
import type { FeedRepository } from './feed.repository.js';
import { type EventSink, FeedService } from './feed.service.js';
import { FeedTail } from './feed.tail.js';

/** A feed in memory that counts how often it is looked at. */
class FakeFeed {
  readonly entries: FeedEntry[] = [];
  looks = 0;

  add(account = 'default'): number {
    const position = this.entries.length + 1;
    this.entries.push({ position, account, event: {} as EventEnvelope });
    return position;
  }
  after(account: string, position: number, limit: number): Promise<FeedEntry[]> {
    return Promise.resolve(
      this.entries.filter((entry) => entry.account === account && entry.position > position).slice(0, limit),
    );
  }
  end(): Promise<number> {
    this.looks += 1;
    return Promise.resolve(this.entries.length);
  }
}

class FakeSink implements EventSink {
  readonly written: string[] = [];
  closed = false;
  takes = true;
  private readonly left = new AbortController();
  get gone(): AbortSignal {
    return this.left.signal;
  }
  leave(): void {
    this.left.abort();
  }
  open(): void {
    if (this.closed) throw new Error('opened after its end');
  }
  write(text: string): Promise<boolean> {
    this.written.push(text);
    return Promise.resolve(this.takes);
  }
  close(): void {
    this.closed = true;
  }
  ids(): number[] {
    return [
      ...this.written
        .slice(1)
        .join('')
        .matchAll(/^id: (\d+)$/gm),
    ].map(([, id]) => Number(id));
  }
}

const stage = () => {
  const feed = new FakeFeed();
  const clock: Clock & { skew: number } = {
    skew: 0,
    now: () => Date.now(),
    monotonic: () => performance.now() + clock.skew,
    sleep: () => new Promise((resolve) => setTimeout(resolve, 1)),
  };
  const repository = feed as unknown as FeedRepository;
  const tail = new FeedTail(repository, clock, Log.silent());
  return { feed, clock, tail, service: new FeedService(repository, tail, clock, Log.silent()) };
};
const until = async (check: () => boolean): Promise<void> => {
  for (let tries = 0; !check(); tries += 1) {
    if (tries > 2_000) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
};

describe(FeedService.name, () => {
  it('should cut pages, and say where the next one begins', async () => {
    const { feed, service } = stage();
    for (let count = 0; count < 5; count += 1) feed.add();
    expect(await service.page('default', 0, 2)).toMatchObject({ next: 2, more: true });
    expect(await service.page('default', 3, 2)).toMatchObject({ next: 5, more: false });
    expect(await service.page('default', 5, 2)).toEqual({ value: [], next: 5, more: false });
  });

  it('should begin with what is new, and give each event of the account once and in order', async () => {
    const { feed, service } = stage();
    feed.add();
    const sink = new FakeSink();
    const streaming = service.stream('default', undefined, sink);
    await until(() => sink.written.length === 1);
    feed.add('other');
    const mine = [feed.add(), feed.add()];
    await until(() => sink.ids().length === 2);
    mine.push(feed.add());
    await until(() => sink.ids().length === 3);
    sink.leave();
    await streaming;
    expect(sink.ids()).toEqual(mine);
    expect(sink.closed).toBe(true);
  });

  it('should look once for all readers, and not at all for none', async () => {
    const { feed, service } = stage();
    const sinks = Array.from({ length: 50 }, () => new FakeSink());
    const streams = sinks.map((sink) => service.stream('default', 0, sink));
    await until(() => sinks.every((sink) => sink.written.length === 1));
    await new Promise((resolve) => setTimeout(resolve, 30));
    const before = feed.looks;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(feed.looks - before).toBeLessThan(60);
    for (const sink of sinks) sink.leave();
    await Promise.all(streams);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const after = feed.looks;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(feed.looks).toBe(after);
  });

  it('should not turn in circles over events of others', async () => {
    const { feed, service } = stage();
    feed.add('other');
    const sink = new FakeSink();
    const streaming = service.stream('default', 0, sink);
    await until(() => sink.written.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(feed.looks).toBeLessThan(60);
    sink.leave();
    await streaming;
  });

  it('should leave a reader that takes nothing, and end when the service stops', async () => {
    const { service, tail } = stage();
    const stuck = new FakeSink();
    stuck.takes = false;
    await service.stream('default', 0, stuck);
    expect(stuck.closed).toBe(true);
    const sink = new FakeSink();
    const streaming = service.stream('default', 0, sink);
    await until(() => sink.written.length === 1);
    tail.onModuleDestroy();
    await streaming;
    expect(sink.closed).toBe(true);
  });

  it('should end after a while, so that a revoked token ends too', async () => {
    const { service, clock, feed } = stage();
    const sink = new FakeSink();
    const streaming = service.stream('default', 0, sink);
    await until(() => sink.written.length === 1);
    clock.skew = 900_000;
    feed.add();
    await streaming;
    expect(sink.gone.aborted).toBe(false);
    expect(sink.closed).toBe(true);
  });

  it('should refuse more readers than it can serve', async () => {
    const { service } = stage();
    const sinks = Array.from({ length: 200 }, () => new FakeSink());
    const streams = sinks.map((sink) => service.stream('default', 0, sink));
    await expect(service.stream('default', 0, new FakeSink())).rejects.toMatchObject({ code: 'rate_limited' });
    for (const sink of sinks) sink.leave();
    await Promise.all(streams);
  });
});
