import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CaptureLogRecord, PredictionRecord, WatermarkRecord } from '#slipway/contracts';
import { makeSecret } from '#slipway/platform';
import { removeFolder } from '#slipway/testing';
import { TestBus } from './support/bus.js';
import { ask, call } from './support/client.js';
import { bundleRouter, eventually, newHome, type RouterProcess, startRouterProcess, storeRoutes } from './support/process.js';
import { FakeReplica } from './support/replica.js';
import { replicaId, revisionId, routeOf, type RouteOptions, serviceId } from './support/route.js';

const key = makeSecret('slk').text;
let program: string;
let bus: TestBus;
let replica: FakeReplica;
const routers: RouterProcess[] = [];

beforeAll(async () => {
  [program, bus] = await Promise.all([bundleRouter(), TestBus.start()]);
  replica = await FakeReplica.start({ maxConcurrent: 16 });
});
afterAll(async () => {
  replica.kill();
  await bus.close();
});
afterEach(async () => {
  for (const router of routers.splice(0)) {
    await router.stop('SIGKILL');
    removeFolder(router.home);
  }
  expect(replica.faults).toEqual([]);
  if (!bus.nats.pid()) await bus.nats.start();
  await eventually(() => bus.forgetCaptures());
});

async function start(
  options: RouteOptions = {},
  settings: Record<string, string> = {},
  home = newHome(),
): Promise<RouterProcess> {
  storeRoutes(home, [
    routeOf({ keys: [key], ports: [replica.port], maxConcurrent: 16, maxQueued: 1_000, capture: { enabled: true }, ...options }),
  ]);
  const router = await startRouterProcess(program, home, { ...bus.settings(), SLIPWAY_DRAIN_QUIET_MS: '0', ...settings });
  routers.push(router);
  return router;
}

interface Load {
  /** Predictions that the model answered. */
  answered: number;
  stopped: boolean;
}

/** Sends `count` predictions, 16 at a time; the number that was answered by the model. */
async function predict(
  url: string,
  count: number,
  body = '{"n":1}',
  load: Load = { answered: 0, stopped: false },
): Promise<number> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0 && !load.stopped) {
      const answer = await call(url, { key, body }).catch(() => undefined);
      if (answer?.status === 200) load.answered += 1;
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return load.answered;
}

const predictions = (records: CaptureLogRecord[]): PredictionRecord[] => records.filter((record) => record.kind === 'prediction');
const watermarks = (records: CaptureLogRecord[]): WatermarkRecord[] => records.filter((record) => record.kind === 'watermark');

/** What a reader that keeps the last seq of each stream finds: stored, counted by watermarks, and unknown after a kill. */
function account(records: CaptureLogRecord[]) {
  const streams = new Map<
    string,
    { last: number; stored: number; sums: WatermarkRecord | undefined; reserved: number; above: number; repeated: number }
  >();
  for (const record of records) {
    if (record.kind === 'collected') continue;
    const stream = streams.get(record.epoch) ?? { last: 0, stored: 0, sums: undefined, reserved: 0, above: 0, repeated: 0 };
    streams.set(record.epoch, stream);
    if (record.kind === 'prediction') {
      if (record.seq <= stream.last) {
        stream.repeated += 1;
        continue;
      }
      stream.last = record.seq;
      stream.stored += 1;
      if (record.seq > (stream.sums?.lastSeq ?? 0)) stream.above += 1;
    } else {
      stream.reserved = record.final ? record.lastSeq : Math.max(stream.reserved, record.reservedSeq);
      if (record.lastSeq >= (stream.sums?.lastSeq ?? 0)) {
        stream.sums = record;
        stream.above = 0;
      }
    }
  }
  return [...streams.values()].map((stream) => ({
    ...stream,
    served: (stream.sums?.counters.served ?? 0) + stream.above,
    unknown: Math.max(0, stream.reserved - (stream.sums?.lastSeq ?? 0) - stream.above),
  }));
}

describe('accounting of the router', () => {
  it('should bring each captured prediction to the log once, with its bodies, and exact sums', async () => {
    const { url, stop } = await start({ capture: { enabled: true, maxBytes: 50, headers: ['x-tenant'] } });
    const answer = await call(url, {
      key,
      headers: { 'x-ms-client-request-id': 'mine', 'X-Tenant': 'a' },
      body: ask({ tag: 'ä'.repeat(40) }),
    });
    expect(answer.status).toBe(200);
    expect(await predict(url, 199)).toBe(199);
    expect((await call(url, { key, body: ask({ status: 500 }) })).status).toBe(500);
    expect((await call(url, { key: 'wrong' })).status).toBe(401);
    await eventually(async () => expect(predictions(await bus.captures())).toHaveLength(201));
    expect(await stop()).toBe(0);
    const records = await bus.captures();
    const first = predictions(records)[0]!;
    expect(first).toMatchObject({
      account: 'default',
      environment: 'local',
      serviceId: serviceId(1),
      serviceName: 'iris',
      revision: 1,
      keyId: 'key1',
      clientRequestId: 'mine',
      requestId: answer.headers['x-ms-request-id'],
      status: 200,
      headers: { 'x-tenant': 'a' },
      request: { contentType: 'application/json', encoding: 'utf8', truncated: true, bytes: 90 },
      response: { truncated: true },
    });
    expect(first.request.text).toBe(`{"tag":"${'ä'.repeat(21)}`);
    expect(JSON.stringify(records)).not.toContain(key);
    expect(predictions(records).map((record) => record.seq)).toEqual(Array.from({ length: 201 }, (_, index) => index + 1));
    // The router ends with its last sums in the log.
    expect(readdirSync(path.join(routers[0]!.home, 'spool/router')).filter((name) => name.startsWith('reservations'))).toEqual(
      [],
    );
    const streams = account(await bus.captures());
    expect(streams[0]).toMatchObject({
      served: 201,
      unknown: 0,
      repeated: 0,
      sums: { final: true, counters: { captured: 201, shed: 0 } },
    });
  });

  it('should count what it samples out or does not collect, without a record of it', async () => {
    const { url } = await start({ capture: { enabled: true, sampleRate: 0.3 } });
    expect(await predict(url, 300)).toBe(300);
    await eventually(async () => expect(watermarks(await bus.captures()).at(-1)?.counters.served).toBe(300));
    const { counters } = watermarks(await bus.captures()).at(-1)!;
    expect(counters.captured + counters.sampledOut).toBe(300);
    expect(counters.captured).toBeGreaterThan(50);
    expect(counters.captured).toBeLessThan(140);
    await eventually(async () => expect(predictions(await bus.captures())).toHaveLength(counters.captured));
  });

  it('should account for every answer after kill -9: stored, counted or known to be unknown', async () => {
    for (const enabled of [true, false]) {
      const home = newHome();
      const first = await start({ capture: { enabled } }, {}, home);
      const load = { answered: 0, stopped: false };
      const sending = predict(first.url, Infinity, '{"n":1}', load);
      await eventually(() => expect(load.answered).toBeGreaterThan(600), 60_000);
      await first.stop('SIGKILL');
      load.stopped = true;
      const answered = await sending;
      const second = await start({ capture: { enabled } }, {}, home);
      expect(second.lines.some((line) => line.level === 'error')).toBe(false);
      expect(await predict(second.url, 5)).toBe(5);
      await eventually(async () => expect(account(await bus.captures()).at(-1)?.served).toBe(5));
      const [killed] = account(await bus.captures());
      expect(killed!.served).toBeLessThanOrEqual(answered + 16);
      expect(killed!.served + killed!.unknown).toBeGreaterThanOrEqual(answered);
      expect(killed!.unknown).toBeLessThanOrEqual(256);
      if (enabled) expect(killed!.stored).toBeGreaterThan(0);
      await second.stop('SIGKILL');
      await bus.forgetCaptures();
    }
  });

  it('should keep scoring and lose nothing while the capture log is away', async () => {
    const { url, metric } = await start();
    expect(await predict(url, 50)).toBe(50);
    await bus.nats.stop('SIGKILL');
    expect(await predict(url, 300)).toBe(300);
    await eventually(async () => expect(await metric('slipway_router_spool_bytes')).toBeGreaterThan(50_000));
    await bus.nats.start();
    await eventually(async () => expect(account(await bus.captures())[0]).toMatchObject({ stored: 350, served: 350 }), 30_000);
  });

  it('should send again, once and in order for the reader, what it had sent when it was killed', async () => {
    const home = newHome();
    const first = await start({}, { SLIPWAY_FAILPOINTS: 'router.after_ship_before_position=kill@2' }, home);
    const load = { answered: 0, stopped: false };
    const sending = predict(first.url, Infinity, '{"n":1}', load);
    expect(await first.ended).toBe('SIGKILL');
    load.stopped = true;
    const answered = await sending;
    const second = await start({}, {}, home);
    expect(await predict(second.url, 5)).toBe(5);
    await eventually(async () => expect(account(await bus.captures()).at(-1)?.served).toBe(5));
    const [killed] = account(await bus.captures());
    expect(killed!.served + killed!.unknown).toBeGreaterThanOrEqual(answered);
    expect(killed).toMatchObject({ repeated: 0 });
  });

  it('should shed exactly what does not fit into a full spool', async () => {
    await bus.nats.stop();
    const home = newHome();
    const router = await start({}, { SLIPWAY_SPOOL_MAX_BYTES: String(1024 * 1024) }, home);
    const body = JSON.stringify({ n: 'x'.repeat(5_000) });
    expect(await predict(router.url, 400, body)).toBe(400);
    await sleep(700);
    const folder = path.join(home, 'spool/router');
    expect(readdirSync(folder).length).toBeGreaterThan(2);
    expect(await router.metric('slipway_router_spool_bytes')).toBeLessThan(1024 * 1024 + 100_000);
    await bus.nats.start();
    await eventually(async () => {
      const [stream] = account(await bus.captures());
      expect(stream?.served).toBe(400);
      expect(stream?.stored).toBe(stream?.sums?.counters.captured);
    }, 30_000);
    const { counters } = account(await bus.captures())[0]!.sums!;
    expect(counters.captured + counters.shed).toBe(400);
    expect(counters.shed).toBeGreaterThan(100);
    // There is room again.
    expect(await predict(router.url, 10, body)).toBe(10);
    await eventually(async () => expect(account(await bus.captures())[0]?.stored).toBe(counters.captured + 10));
    expect(router.lines.filter((line) => line.level === 'error')).toEqual([]);
  });

  it('should ship what scripts collected', async () => {
    const { home } = await start();
    const folder = path.join(home, 'spool/replicas', replicaId(1));
    mkdirSync(folder, { recursive: true });
    const meta = {
      account: 'default',
      environment: 'local',
      serviceId: serviceId(1),
      serviceName: 'iris',
      revisionId: revisionId(1),
      models: [],
    };
    writeFileSync(path.join(folder, 'meta.json'), JSON.stringify(meta));
    const line = {
      v: 1,
      epoch: '1p1w1',
      time: '2026-11-24T00:00:00.000Z',
      correlationId: '',
      requestId: '',
      modelName: 'm',
      identifier: 'inputs',
      columns: ['a'],
    };
    writeFileSync(
      path.join(folder, '1p1w1-1.jsonl'),
      [1, 2].map((seq) => `${JSON.stringify({ ...line, seq, rows: [[seq]] })}\n`).join(''),
    );
    await eventually(async () => expect((await bus.captures()).filter((record) => record.kind === 'collected')).toHaveLength(2));
    await eventually(() => expect(readdirSync(folder)).toEqual(['meta.json']));
  });
});
