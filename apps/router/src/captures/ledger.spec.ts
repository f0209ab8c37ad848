import { afterEach, describe, expect, it } from 'vitest';
import type { WatermarkRecord } from '#slipway/contracts';
import { Log } from '#slipway/platform';
import { routeOf, type RouteOptions } from '../../test/support/route.js';
import { Ledger, type Prediction } from './ledger.js';
import type { Reservations } from './reservations.js';
import type { Lost, Spool, SpooledPrediction } from './spool.port.js';

class FakeSpool implements Spool {
  offered: SpooledPrediction[] = [];
  marks: WatermarkRecord[] = [];
  /** What was given, in order. */
  order: string[] = [];
  room = Infinity;
  healthy = true;
  lose: (lost: Lost) => void = () => undefined;
  introduce(): void {}
  offer(prediction: SpooledPrediction): boolean {
    if (this.offered.length >= this.room) return false;
    this.offered.push(prediction);
    this.order.push(`p${prediction.seq}`);
    return true;
  }
  mark(_stream: number, watermark: WatermarkRecord): void {
    this.marks.push(watermark);
    this.order.push(`w${watermark.lastSeq}`);
  }
  flush(): Promise<boolean> {
    return Promise.resolve(this.healthy);
  }
  whenLost(listener: (lost: Lost) => void): void {
    this.lose = listener;
  }
}

let ledger: Ledger | undefined;
afterEach(() => ledger?.close());

function setUp(options: RouteOptions = {}, random = Math.random) {
  const spool = new FakeSpool();
  const reserved: number[] = [];
  let removed = false;
  const reservations = {
    reserve: (watermark: WatermarkRecord) => void reserved.push(watermark.reservedSeq),
    remove: () => (removed = true),
  } as unknown as Reservations;
  const made = (ledger = new Ledger({ id: 'router-1', epoch: 'epoch-1' }, spool, reservations, Log.silent(), random));
  const record = routeOf({ capture: { enabled: true }, ...options });
  const count = (times = 1, extra: Partial<Prediction> = {}): void => {
    for (let round = 0; round < times; round++) made.count(record, record.revisions[0]!, { ...prediction, ...extra });
  };
  return { ledger: made, spool, reserved, record, count, wasRemoved: () => removed };
}

const prediction: Prediction = {
  requestId: 'r',
  clientRequestId: null,
  keyId: 'k',
  receivedAt: 0,
  latencyMs: 1,
  status: 200,
  requestHeaders: ['Content-Type', 'application/json', 'X-Tenant', 'a', 'Authorization', 'Bearer x'],
  requestType: 'application/json',
  requestBody: Buffer.from('{"a":1}'),
  responseType: 'application/json',
  responseBody: Buffer.from('[1]'),
};

describe(Ledger.name, () => {
  it('should give each prediction one fate, so that the sum is exact', async () => {
    let turn = 0;
    const { spool, count, ledger: made, record } = setUp({ capture: { enabled: true, sampleRate: 0.5 } }, () => (turn++ % 4) / 4);
    spool.room = 60;
    count(200);
    await made.close();
    const last = spool.marks.at(-1)!;
    expect(last).toMatchObject({ final: true, lastSeq: 200, reservedSeq: 200 });
    expect(last.counters).toEqual({ served: 200, captured: 60, sampledOut: 100, notCollected: 0, shed: 40 });
    expect(made.streamsOf(record.serviceId)[0]).toMatchObject({ seq: 200 });
  });

  it('should only count when capture is off', () => {
    const { spool, count, ledger: made, record } = setUp({ capture: { enabled: false } });
    count(3);
    expect(spool.offered).toEqual([]);
    expect(made.streamsOf(record.serviceId)[0]!.counters).toMatchObject({ served: 3, notCollected: 3 });
  });

  it('should reserve each block before its first number, and never leave more than 256 unknown', () => {
    const { spool, reserved, count } = setUp({ capture: { enabled: false } });
    for (let seq = 1; seq <= 1_000; seq++) {
      count();
      const highest = reserved.at(-1)!;
      expect(highest).toBeGreaterThanOrEqual(seq);
      expect(highest - (spool.marks.at(-1)?.lastSeq ?? 0)).toBeLessThanOrEqual(256);
    }
  });

  it('should put a watermark after every record that it counts and before the others', () => {
    const { spool, count } = setUp();
    count(300);
    for (const [index, entry] of spool.order.entries()) {
      if (!entry.startsWith('w')) continue;
      const before = spool.order.slice(0, index).filter((other) => other.startsWith('p'));
      expect(before.at(-1)).toBe(`p${entry.slice(1)}`);
    }
    expect(spool.marks.length).toBeGreaterThanOrEqual(2);
  });

  it('should turn what the spool lost into shed and say so in the next watermark', async () => {
    const { spool, count, ledger: made } = setUp();
    count(10);
    spool.lose({ stream: 0, predictions: 4 });
    await made.close();
    expect(spool.marks.at(-1)!.counters).toMatchObject({ served: 10, captured: 6, shed: 4 });
  });

  it('should keep its reservations when the last sums did not reach the disk', async () => {
    const { spool, count, ledger: made, wasRemoved } = setUp();
    count(10);
    spool.healthy = false;
    await made.close();
    expect(wasRemoved()).toBe(false);
    spool.healthy = true;
    await made.close();
    expect(wasRemoved()).toBe(true);
  });

  it('should keep bodies up to the limit, listed headers, and no key', () => {
    const { spool, count } = setUp({ capture: { enabled: true, maxBytes: 2, headers: ['x-tenant', 'authorization'] } });
    count(1, { status: 502 });
    expect(spool.offered[0]).toMatchObject({
      headers: { 'x-tenant': 'a' },
      request: { bytes: 7, kept: 2 },
      response: { bytes: 3, kept: 2 },
    });
    expect(Buffer.from(spool.offered[0]!.payload).toString()).toBe('{"[1');
  });
});
