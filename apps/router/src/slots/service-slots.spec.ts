import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routeOf } from '../../test/support/route.js';
import type { Endpoint } from './endpoint.js';
import { Lifetime, type Timing } from './lifetime.js';
import { type NoSlot, ServiceSlots, type Slot } from './service-slots.js';

/** A clock that moves when the test says so, and a little with each look at it; its timers come up to 1 ms early, as Node's do. */
class HandTime implements Timing {
  private time = 0;
  private fired = 0;
  private readonly timers = new Set<{ at: number; callback: () => void }>();
  now(): number {
    return (this.time += 0.06);
  }
  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.time + ms, callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }
  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const [next] = [...this.timers].sort((a, b) => a.at - b.at);
      const early = (this.fired * 0.37) % 1;
      if (!next || next.at - early > end) break;
      this.fired += 1;
      this.timers.delete(next);
      this.time = Math.max(this.time, next.at - early);
      next.callback();
    }
    this.time = Math.max(this.time, end);
  }
}

const isSlot = (result: Slot | NoSlot | undefined): result is Slot => typeof result === 'object';

function setUp(options: Parameters<typeof routeOf>[0] = {}, timeoutMs = 1_000) {
  const time = new HandTime();
  const retired: Endpoint[] = [];
  const slots = new ServiceSlots(time, Math.random, (endpoint) => retired.push(endpoint));
  slots.apply(routeOf(options));
  const acquire = (again = false) => {
    const life = new Lifetime(time, timeoutMs);
    const request: { life: Lifetime; result: Slot | NoSlot | undefined } = { life, result: undefined };
    const answer = slots.acquire(life, again);
    if (answer instanceof Promise) void answer.then((result) => (request.result = result));
    else request.result = answer;
    return request;
  };
  return { time, slots, acquire, retired };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe(ServiceSlots.name, () => {
  it('should never pass the limit of a replica, lose a slot, or hold a waiter back while a slot is free', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('acquire' as const) }) },
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant('release' as const),
          which: fc.nat(50),
          end: fc.constantFrom(
            'answered' as const,
            'abandoned' as const,
            'unreachable' as const,
            'unprocessed' as const,
            'silent' as const,
          ),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat(50) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 800 }) }) },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant('apply' as const),
          ports: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }),
          split: fc.boolean(),
          limit: fc.integer({ min: 1, max: 3 }),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const { time, slots, acquire, retired } = setUp({ ports: [1, 2], maxConcurrent: 2, maxQueued: 3 }, 1_000_000);
        let limit = 2;
        let highest = 2;
        const requests: ReturnType<typeof acquire>[] = [];
        const held = (): Slot[] => requests.map((request) => request.result).filter(isSlot);
        for (const command of steps) {
          if (command.do === 'acquire') {
            const bound = 3 * Math.max(1, slots.replicas);
            requests.push(acquire());
            expect(slots.queued).toBeLessThanOrEqual(Math.max(bound, slots.queued - 1));
          } else if (command.do === 'release') {
            const chosen = held()[command.which % Math.max(1, held().length)];
            if (chosen) {
              chosen.release(command.end);
              requests.splice(
                requests.findIndex((request) => request.result === chosen),
                1,
              );
            }
          } else if (command.do === 'leave') requests[command.which % Math.max(1, requests.length)]?.life.end('gone');
          else if (command.do === 'wait') time.advance(command.ms);
          else {
            limit = command.limit;
            highest = Math.max(highest, limit);
            const [first, ...rest] = command.ports;
            const split = command.split && first !== undefined && rest.length > 0;
            slots.apply(
              routeOf(
                split
                  ? { ports: [first], canary: rest, maxConcurrent: limit, maxQueued: 3 }
                  : { ports: command.ports, maxConcurrent: limit, maxQueued: 3 },
              ),
            );
          }
          await settled();
          const inUse = new Map<Endpoint, number>();
          for (const slot of held()) inUse.set(slot.endpoint, (inUse.get(slot.endpoint) ?? 0) + 1);
          expect(slots.busy).toBe(held().length);
          for (const [endpoint, count] of inUse) {
            expect(endpoint.busy).toBe(count);
            expect(count).toBeLessThanOrEqual(highest);
            expect(retired).not.toContain(endpoint);
          }
          expect(slots.queued).toBe(requests.filter((request) => request.result === undefined).length);
          for (const pool of slots['pools'].values()) {
            const free = pool.endpoints.some((endpoint) => endpoint.busy < limit && !endpoint.isPaused(time.now()));
            expect(free && pool.queue.size > 0, 'a waiter although a slot is free').toBe(false);
          }
        }
        // Nobody may wait for ever where there are replicas: neither for a slot nor for the end of a pause.
        slots.apply(routeOf({ ports: [7], maxConcurrent: 1 }));
        for (let round = 0; round < 400 && slots.queued + slots.busy > 0; round++) {
          await settled();
          const first = held()[0];
          if (first) {
            first.release(round % 3 ? 'answered' : 'unprocessed');
            requests.splice(
              requests.findIndex((request) => request.result === first),
              1,
            );
          } else time.advance(25);
        }
        expect([slots.busy, slots.queued]).toEqual([0, 0]);
        slots.apply(routeOf({ ports: [9], maxConcurrent: 1 }));
        const last = acquire();
        expect(isSlot(last.result)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('should give a free slot to the one that waits longest', async () => {
    const { acquire } = setUp({ ports: [1], maxConcurrent: 1, maxQueued: 2 });
    const [first, second, third, fourth] = [acquire(), acquire(), acquire(), acquire()];
    expect(fourth.result).toBe('full');
    (first.result as Slot).release('answered');
    await settled();
    expect(isSlot(second.result)).toBe(true);
    expect(third.result).toBeUndefined();
  });

  it('should choose the replica with the fewest requests', () => {
    const { acquire } = setUp({ ports: [1, 2, 3], maxConcurrent: 2 });
    const ports = [acquire(), acquire(), acquire()].map((request) => (request.result as Slot).endpoint.port);
    expect(ports.sort()).toEqual([1, 2, 3]);
  });

  it('should keep the shares of the weights although one revision is full', async () => {
    const { acquire } = setUp({ ports: [1], canary: [2], weight: 90, maxConcurrent: 1, maxQueued: 1_000 });
    const requests = Array.from({ length: 1_000 }, () => acquire());
    const served = { stable: 0, canary: 0 };
    for (;;) {
      const holder = requests.find((request) => isSlot(request.result));
      if (!holder) break;
      served[(holder.result as Slot).endpoint.port === 1 ? 'stable' : 'canary'] += 1;
      requests.splice(requests.indexOf(holder), 1);
      (holder.result as Slot).release('answered');
      await settled();
    }
    expect(served.stable + served.canary).toBe(1_000);
    expect(served.canary).toBeGreaterThan(50);
    expect(served.canary).toBeLessThan(160);
  });

  it('should move those who wait to the revision that takes over', async () => {
    const { slots, acquire } = setUp({ ports: [1], maxConcurrent: 1, maxQueued: 5 });
    const running = acquire();
    const waiting = acquire();
    slots.apply(routeOf({ ports: [2], maxConcurrent: 1, revision: 2, version: 2 }));
    await settled();
    expect((waiting.result as Slot).endpoint.port).toBe(2);
    expect(slots.busyReplicas()).toHaveLength(2);
    (running.result as Slot).release('answered');
    expect(slots.busyReplicas()).toHaveLength(1);
  });

  it('should let requests wait for the first replica, and refuse them when the service goes away', async () => {
    const { slots, acquire } = setUp({ ports: [], maxQueued: 2 });
    const [first, second, third] = [acquire(), acquire(), acquire()];
    expect(third.result).toBe('full');
    slots.apply(routeOf({ ports: [1], maxConcurrent: 1, maxQueued: 2, version: 2 }));
    await settled();
    expect(isSlot(first.result)).toBe(true);
    slots.apply(routeOf({ ports: [1], deleted: true, version: 3 }));
    await settled();
    expect(second.result).toBe('removed');
  });

  it('should put a request that no replica took before all others, and try a refusing replica again later', async () => {
    const { time, acquire } = setUp({ ports: [1], maxConcurrent: 1, maxQueued: 5 });
    const first = acquire();
    const waiting = acquire();
    (first.result as Slot).release('unreachable');
    const again = acquire(true);
    await settled();
    expect([waiting.result, again.result]).toEqual([undefined, undefined]);
    time.advance(105);
    await settled();
    expect(isSlot(again.result)).toBe(true);
    expect(waiting.result).toBeUndefined();
  });

  it('should come back to those who wait for the end of a pause, however early a timer is', async () => {
    const { time, acquire } = setUp({ ports: [1], maxConcurrent: 1, maxQueued: 5 }, 1_000_000);
    let holder = acquire();
    for (let round = 0; round < 200; round++) {
      const next = acquire();
      (holder.result as Slot).release('unprocessed');
      time.advance(60);
      await settled();
      expect(isSlot(next.result), `round ${round}`).toBe(true);
      holder = next;
    }
  });

  it('should eject a silent replica but never more than half of them', async () => {
    const { acquire, time } = setUp({ ports: [1, 2], maxConcurrent: 1, maxQueued: 0 });
    for (let round = 0; round < 6; round++) {
      const both = [acquire(), acquire()];
      for (const request of both) if (isSlot(request.result)) request.result.release('silent');
      await settled();
      time.advance(1);
    }
    const left = [acquire(), acquire()].filter((request) => isSlot(request.result));
    expect(left).toHaveLength(1);
    time.advance(5_000);
    await settled();
  });

  it('should end a wait when the client leaves or the time is over', async () => {
    const { slots, acquire, time } = setUp({ ports: [1], maxConcurrent: 1, maxQueued: 5 });
    acquire();
    const [gone, late] = [acquire(), acquire()];
    gone.life.end('gone');
    time.advance(1_000);
    await settled();
    expect([gone.result, late.result, slots.queued]).toEqual(['gone', 'late', 0]);
  });
});
