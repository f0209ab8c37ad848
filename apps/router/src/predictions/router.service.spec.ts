import { describe, expect, it } from 'vitest';
import { DomainError, Log } from '#slipway/platform';
import { routeOf, type RouteOptions } from '../../test/support/route.js';
import type { Ledger, Prediction } from '../captures/ledger.js';
import { ClientGone, type EdgeAnswer, type EdgeRequest } from '../edge/edge.port.js';
import type { RouterMetrics } from '../metrics/metrics.js';
import { RouteTable } from '../routes/route-table.js';
import type { Timing } from '../slots/lifetime.js';
import type { Upstream, UpstreamAddress, UpstreamOutcome, UpstreamRequest } from '../upstream/upstream.port.js';
import { RouterService } from './router.service.js';

/** Time that stands still until it is moved; it knows how many timers are waiting. */
class HandTime implements Timing {
  time = 0;
  readonly timers = new Map<object, { at: number; callback: () => void }>();
  now(): number {
    return this.time;
  }
  after(ms: number, callback: () => void): () => void {
    const key = {};
    this.timers.set(key, { at: this.time + ms, callback });
    return () => this.timers.delete(key);
  }
  async advance(ms: number): Promise<void> {
    this.time += ms;
    for (const [key, timer] of [...this.timers]) {
      if (timer.at > this.time) continue;
      this.timers.delete(key);
      timer.callback();
    }
    await settled();
  }
}

interface Sent {
  to: UpstreamAddress;
  request: UpstreamRequest;
  abandoned: boolean;
  settle(outcome: UpstreamOutcome): Promise<void>;
  release(): Promise<void>;
}

/** Keeps what is sent until the test says how it ends. */
class FakeUpstream implements Upstream {
  readonly sent: Sent[] = [];
  send(to: UpstreamAddress, request: UpstreamRequest) {
    let settle!: (outcome: UpstreamOutcome) => void;
    let release!: () => void;
    const outcome = new Promise<UpstreamOutcome>((resolve) => (settle = resolve));
    const released = new Promise<void>((resolve) => (release = resolve));
    const sent: Sent = {
      to,
      request,
      abandoned: false,
      settle: (result) => (settle(result), result.kind !== 'abandoned' && release(), settled()),
      release: () => (release(), settled()),
    };
    this.sent.push(sent);
    const abandon = (): void => {
      sent.abandoned = true;
      settle({ kind: 'abandoned' });
    };
    return { outcome, released, abandon };
  }
  forget(): void {}
  close(): void {}
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const key = 'the-key';
const answered = (text = '[1]', status = 200, headers: string[] = []): UpstreamOutcome => ({
  kind: 'answered',
  answer: { status, headers: ['Content-Type', 'application/json', ...headers], body: Buffer.from(text) },
});
const unprocessed = answered('{}', 503, ['X-Slipway-Unprocessed', '1']);

function setUp(options: RouteOptions = {}) {
  const time = new HandTime();
  const upstream = new FakeUpstream();
  const counted: Prediction[] = [];
  const events: string[] = [];
  const ledger = {
    count: (_record: unknown, _revision: unknown, prediction: Prediction) => (counted.push(prediction), events.push('counted')),
  };
  const metrics = { answered() {}, refused() {}, aborted: () => events.push('aborted'), retried: () => events.push('retried') };
  const table = new RouteTable(time);
  table.apply(routeOf({ ports: [1], keys: [key], timeoutMs: 1_000, ...options }));
  const service = new RouterService(
    table,
    upstream,
    ledger as unknown as Ledger,
    metrics as unknown as RouterMetrics,
    time,
    Log.silent(),
  );
  const slots = table.find(undefined, 'iris')!.slots;

  async function send(
    overrides: Partial<{ method: string; target: string; headers: string[]; body: () => Promise<Buffer> }> = {},
  ) {
    const call: { answer: EdgeAnswer | undefined; leave: () => void; json: () => { code: string; message: string } } = {
      answer: undefined,
      leave: () => undefined,
      json: () => JSON.parse(String(call.answer?.body)) as { code: string; message: string },
    };
    const request: EdgeRequest = {
      method: overrides.method ?? 'POST',
      target: overrides.target ?? '/api/v1/service/iris/score',
      headers: overrides.headers ?? ['Authorization', `Bearer ${key}`],
      body: overrides.body ?? (() => Promise.resolve(Buffer.from('{"a":1}'))),
      whenGone: (listener) => (call.leave = listener),
      answer: (answer) => {
        call.answer = answer;
        events.push('answered');
      },
    };
    void service.handle(request);
    await settled();
    return call;
  }
  return { time, upstream, counted, events, table, slots, send };
}

describe(RouterService.name, () => {
  it('should send a checked request, count its answer and then give it', async () => {
    const { upstream, counted, events, send, slots, time } = setUp();
    const call = await send();
    expect(upstream.sent[0]!.request).toMatchObject({ method: 'POST', path: '/score', headers: 'X-Slipway-Timeout-Ms: 500\r\n' });
    await upstream.sent[0]!.settle(answered());
    expect(call.answer).toMatchObject({ status: 200, body: Buffer.from('[1]') });
    expect(call.answer?.headers).toContain(upstream.sent[0]!.request.id);
    expect(events).toEqual(['counted', 'answered']);
    expect(counted[0]).toMatchObject({ keyId: 'key1', status: 200, requestId: upstream.sent[0]!.request.id });
    expect([slots.busy, time.timers.size]).toEqual([0, 0]);
  });

  it('should look at route, method and key before it reads a body or takes a slot', async () => {
    const { upstream, events, send } = setUp();
    const body = (): Promise<Buffer> => Promise.reject(new Error('read'));
    expect((await send({ body, target: '/api/v1/service/other/score' })).json().code).toBe('not_found');
    expect((await send({ body, method: 'PUT' })).json().code).toBe('method_not_allowed');
    expect((await send({ body, headers: [] })).json().code).toBe('unauthenticated');
    expect([upstream.sent.length, events.includes('counted')]).toEqual([0, false]);
  });

  it('should wait for the whole body before it takes a slot', async () => {
    const { send, slots, upstream } = setUp();
    let arrive: (body: Buffer) => void = () => undefined;
    await send({ body: () => new Promise((resolve) => (arrive = resolve)) });
    expect([slots.busy, upstream.sent.length]).toEqual([0, 0]);
    arrive(Buffer.from('x'));
    await settled();
    expect([slots.busy, upstream.sent.length]).toEqual([1, 1]);
  });

  it('should refuse at once and leave no timer behind when the queue is full', async () => {
    const { send, table, time, counted } = setUp({ maxConcurrent: 1, maxQueued: 0 });
    await send();
    const timers = time.timers.size;
    const refused = await Promise.all(Array.from({ length: 50 }, () => send()));
    expect(refused.every((call) => call.answer?.status === 503 && call.answer.headers.includes('Retry-After'))).toBe(true);
    expect(time.timers.size).toBe(timers);
    expect([table.find(undefined, 'iris')!.refused, counted.length]).toEqual([50, 0]);
  });

  it('should try another replica after a refused connection or an unprocessed answer, and nothing else', async () => {
    const { send, upstream, events } = setUp({ ports: [1, 2] });
    const call = await send();
    const first = upstream.sent[0]!;
    await first.settle({ kind: 'unsent', reason: 'ECONNREFUSED' });
    expect(upstream.sent[1]!.to.port).not.toBe(first.to.port);
    expect(upstream.sent[1]!.request.id).toBe(first.request.id);
    await upstream.sent[1]!.settle(answered());
    expect([call.answer?.status, events]).toEqual([200, ['retried', 'counted', 'answered']]);
    const other = await send();
    await upstream.sent[2]!.settle(answered('{}', 503));
    expect([other.answer?.status, upstream.sent.length]).toEqual([503, 3]);
  });

  it('should come back to a replica that took nothing, with the time that is left', async () => {
    const { send, upstream, time } = setUp({ timeoutMs: 10_000 });
    const call = await send();
    await upstream.sent[0]!.settle(unprocessed);
    expect(upstream.sent).toHaveLength(1);
    await time.advance(60);
    expect(upstream.sent[1]!.request.headers).toBe('X-Slipway-Timeout-Ms: 9440\r\n');
    await upstream.sent[1]!.settle(answered());
    expect(call.answer?.status).toBe(200);
  });

  it.each(['closed', 'malformed', 'too_large', 'wrong_id'] as const)(
    'should answer 502 when the exchange is broken: %s',
    async (reason) => {
      const { send, upstream, counted, slots } = setUp();
      const call = await send();
      await upstream.sent[0]!.settle({ kind: 'broken', reason });
      expect([call.answer?.status, call.json().code, counted[0]?.status, slots.busy]).toEqual([502, 'bad_gateway', 502, 0]);
      expect(upstream.sent).toHaveLength(1);
    },
  );

  it('should answer 504 at the deadline and hold the slot until the replica is done', async () => {
    const { send, upstream, counted, slots, time } = setUp();
    const call = await send();
    await time.advance(1_000);
    expect([call.answer?.status, counted[0]?.status, slots.busy]).toEqual([504, 504, 1]);
    await upstream.sent[0]!.release();
    expect([slots.busy, time.timers.size]).toEqual([0, 0]);
  });

  it('should abandon the request of a client that left, and count nothing', async () => {
    const { send, upstream, events, slots, time } = setUp();
    const call = await send();
    call.leave();
    await settled();
    expect([upstream.sent[0]!.abandoned, slots.busy]).toEqual([true, 1]);
    await upstream.sent[0]!.release();
    expect([events, call.answer, slots.busy, time.timers.size]).toEqual([['aborted'], undefined, 0, 0]);
  });

  it('should forget a waiting request whose client left, and one whose body never came', async () => {
    const { send, upstream, slots, events } = setUp({ maxConcurrent: 1 });
    await send();
    const waiting = await send();
    expect(slots.queued).toBe(1);
    waiting.leave();
    await settled();
    expect(slots.queued).toBe(0);
    const cut = await send({ body: () => Promise.reject(new ClientGone()) });
    expect([cut.answer, upstream.sent.length, events]).toEqual([undefined, 1, ['aborted']]);
  });

  it('should answer 404 when the service goes away while a request waits', async () => {
    const { send, table } = setUp({ maxConcurrent: 1 });
    await send();
    const waiting = await send();
    table.apply(routeOf({ version: 2, deleted: true }));
    await settled();
    expect(waiting.json().code).toBe('not_found');
  });

  it('should pass health without a key and Swagger with one, past busy slots, but only so many at a time', async () => {
    const { send, upstream, slots, counted } = setUp({ maxConcurrent: 1 });
    await send();
    const health = await send({ method: 'HEAD', target: '/api/v1/service/iris/', headers: [] });
    expect(upstream.sent[1]!.request).toMatchObject({ method: 'GET', path: '/', headers: '' });
    expect(slots.busyReplicas()).toHaveLength(1);
    await upstream.sent[1]!.settle(answered('Healthy'));
    expect([health.answer?.status, counted.length]).toEqual([200, 0]);
    expect((await send({ method: 'GET', target: '/api/v1/service/iris/swagger.json', headers: [] })).answer?.status).toBe(401);
    for (let index = 0; index < 8; index++) await send({ method: 'GET', target: '/api/v1/service/iris/', headers: [] });
    expect((await send({ method: 'GET', target: '/api/v1/service/iris/', headers: [] })).answer?.status).toBe(503);
  });

  it('should tell an error of its own by nothing but the request id', async () => {
    const { send } = setUp();
    const call = await send({ body: () => Promise.reject(new Error('/secret/path')) });
    expect([call.answer?.status, call.json().code]).toEqual([500, 'internal']);
    expect(String(call.answer?.body)).not.toContain('secret');
    const large = await send({ body: () => Promise.reject(new DomainError('payload_too_large', 'too large')) });
    expect(large.answer?.status).toBe(413);
  });
});
