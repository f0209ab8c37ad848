import { Agent } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeSecret } from '#slipway/platform';
import { removeFolder } from '#slipway/testing';
import { ask, call } from './support/client.js';
import { bundleRouter, eventually, newHome, type RouterProcess, startRouterProcess, storeRoutes } from './support/process.js';
import { FakeReplica } from './support/replica.js';
import { routeOf, type RouteOptions } from './support/route.js';

const key = makeSecret('slk').text;
let program: string;
let router: RouterProcess | undefined;
let replicas: FakeReplica[] = [];

beforeAll(async () => {
  program = await bundleRouter();
});
afterEach(async () => {
  await router?.stop('SIGKILL');
  if (router) removeFolder(router.home);
  for (const replica of replicas) replica.kill();
  const faults = replicas.flatMap((replica) => replica.faults);
  router = undefined;
  replicas = [];
  expect(faults).toEqual([]);
});

/** A router that knows one service with `count` replicas, from its file: no bus, no deployer. */
async function serve(
  options: RouteOptions & { replicas?: number; settings?: Record<string, string> } = {},
): Promise<RouterProcess> {
  const count = options.replicas ?? 1;
  replicas = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      FakeReplica.start({ maxConcurrent: options.maxConcurrent ?? 1, name: `r${index}` }),
    ),
  );
  const home = newHome();
  storeRoutes(home, [routeOf({ keys: [key], ports: replicas.map((replica) => replica.port), ...options })]);
  router = await startRouterProcess(program, home, options.settings);
  return router;
}

/** Bytes as they are; resolves with all that came back when the router closes. */
function raw(port: number, text: string, holdMs = 5_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    const timer = setTimeout(() => socket.destroy(), holdMs);
    socket.on('data', (data) => (received += data.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(received);
    });
    socket.write(text, 'latin1');
  });
}
const portOf = (url: string): number => Number(new URL(url).port);

describe('scoring through the router', () => {
  it('should answer a scored request with ids, allowed headers and nothing else of the replica', async () => {
    const { url } = await serve();
    const answer = await call(url, {
      key,
      headers: {
        'x-ms-client-request-id': 'mine-1',
        'x-ms-request-id': 'forged',
        'X-Forwarded-For': '1.2.3.4',
        Cookie: 'session=1',
        'X-Caller': 'tester',
      },
      body: ask({
        tag: 'a',
        headers: { 'X-Own': 'b', 'Set-Cookie': 'c=1', Location: 'http://evil', 'Access-Control-Allow-Origin': '*' },
      }),
    });
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ replica: 'r0', tag: 'a' });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'x-ms-client-request-id': 'mine-1',
      'x-ms-run-function-failed': 'False',
      'x-own': 'b',
      'x-slipway-revision': '1',
    });
    expect(answer.headers['x-ms-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    for (const name of ['set-cookie', 'location', 'access-control-allow-origin', 'server'])
      expect(answer.headers[name]).toBeUndefined();
    expect(replicas[0]!.lastHeaders).toMatchObject({ 'x-caller': 'tester', 'x-ms-client-request-id': 'mine-1' });
    expect(Number(replicas[0]!.lastHeaders['x-slipway-timeout-ms'])).toBeGreaterThan(4_000);
    expect(Number(replicas[0]!.lastHeaders['x-slipway-timeout-ms'])).toBeLessThanOrEqual(4_500);
  });

  it('should pass GET with a query, an error of the script, Swagger and health', async () => {
    const { url } = await serve();
    expect((await call(url, { key, method: 'GET', path: '/api/v1/service/iris/score?a=1&a=%32' })).status).toBe(200);
    expect(replicas[0]!.lastUrl).toBe('/score?a=1&a=%32');
    expect((await call(url, { key, body: ask({ status: 500 }) })).status).toBe(500);
    expect((await call(url, { key, body: ask({ status: 302, headers: { Location: 'http://127.0.0.1:1' } }) })).status).toBe(302);
    expect((await call(url, { key, method: 'GET', path: '/e/local/api/v1/service/iris/swagger.json' })).text).toBe(
      '{"swagger":"2.0"}',
    );
    const health = await call(url, { method: 'GET', path: '/api/v1/service/iris/' });
    expect([health.status, health.text]).toEqual([200, 'Healthy']);
    expect((await call(url, { method: 'HEAD', path: '/api/v1/service/iris/' })).text).toBe('');
  });

  it('should refuse a wrong key, path, method and header with a typed error and a request id', async () => {
    const { url } = await serve();
    const other = makeSecret('slk').text;
    const texts = new Set<string>();
    for (const authorization of ['', 'Bearer x', `Bearer ${other}`, `Basic ${key}`]) {
      const answer = await call(url, { headers: authorization ? { Authorization: authorization } : {} });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      texts.add(JSON.stringify({ ...answer.json(), requestId: '' }));
      expect(answer.json().requestId).toBe(answer.headers['x-ms-request-id']);
    }
    expect(texts.size).toBe(1);
    expect((await call(url, { method: 'GET', path: '/api/v1/service/iris/swagger.json' })).status).toBe(401);
    for (const path of [
      '/api/v1/service/other/score',
      '/e/other/api/v1/service/iris/score',
      '/healthz',
      '/metrics',
      '/readyz',
      '/api/v1/service/iris/score/',
    ]) {
      const answer = await call(url, { key, path });
      expect([path, answer.status, answer.json().code]).toEqual([path, 404, 'not_found']);
    }
    const wrongMethod = await call(url, { key, method: 'PUT' });
    expect([wrongMethod.status, wrongMethod.headers.allow]).toEqual([405, 'POST, GET']);
    expect((await call(url, { key, path: `/api/v1/service/iris/score?key=${key}` })).status).toBe(400);
    expect((await call(url, { key, headers: { 'Content-Encoding': 'gzip' } })).status).toBe(415);
    expect(replicas[0]!.begun).toBe(0);
  });

  it('should refuse a body over the limit, announced or not, and go on with the connection', async () => {
    const { url } = await serve({ maxBodyBytes: 100_000 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const framings: Record<string, string>[] = [{}, { 'Transfer-Encoding': 'chunked' }];
    for (const headers of framings) {
      const answer = await call(url, { key, body: Buffer.alloc(3_000_000, 32), headers, agent });
      expect([answer.status, answer.json().code]).toEqual([413, 'payload_too_large']);
      expect((await call(url, { key, body: Buffer.alloc(100_000, 32), agent })).json().echo).toBe(100_000);
    }
    agent.destroy();
    expect(replicas[0]!.begun).toBe(2);
  });

  it('should refuse what can be read in two ways, and nothing of it should reach a replica', async () => {
    const { url } = await serve();
    const head = `POST /api/v1/service/iris/score HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\n`;
    const bad = [
      `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
      `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
      `${head}Transfer-Encoding: xchunked\r\n\r\n{}`,
      `${head}Content-Length: +2\r\n\r\n{}`,
      `${head}Content-Length: 0x2\r\n\r\n{}`,
      `${head}Content-Length : 2\r\n\r\n{}`,
      `${head}X-A: b\nX-C: d\r\n\r\n`,
      `${head}X-A: b\r\n folded\r\nContent-Length: 0\r\n\r\n`,
      `POST /api/v1/service/iris/score HTTP/1.1\r\nAuthorization: Bearer ${key}\r\nContent-Length: 0\r\n\r\n`,
      `POST http://a/api/v1/service/iris/score HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      `${head}Authorization: Bearer ${key}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      `${head}X-Big: ${'x'.repeat(40_000)}\r\n\r\n`,
      `${head}${'X-Many: 1\r\n'.repeat(200)}Connection: close\r\nContent-Length: 0\r\n\r\n`,
      'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n',
      'hello\r\n\r\n',
    ];
    for (const text of bad) {
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(await raw(portOf(url), text))?.[1]);
      expect([text.slice(0, 200), [400, 405, 431].includes(status)]).toEqual([text.slice(0, 200), true]);
    }
    expect(replicas[0]!.begun).toBe(0);
    // A second request that hides in the first one's body is part of that body.
    const hidden = `POST /x HTTP/1.1\r\nHost: a\r\n\r\n`;
    const answers = await raw(portOf(url), `${head}Connection: close\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`);
    expect(answers.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    // Pipelined requests are two requests, each with its own key.
    const two = await raw(
      portOf(url),
      `${head}Content-Length: 2\r\n\r\n{}POST /api/v1/service/iris/score HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
    );
    expect([...two.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => match[1])).toEqual(['200', '401']);
  });

  it('should cut off clients that are slow with their head or their body', async () => {
    const { url } = await serve({ settings: { SLIPWAY_HEAD_TIMEOUT_MS: '1000', SLIPWAY_REQUEST_TIMEOUT_MS: '2000' } });
    const head = `POST /api/v1/service/iris/score HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\n`;
    const times = await Promise.all(
      [head, `${head}Content-Length: 10\r\n\r\n{`, `${head}Content-Length: 10\r\nExpect: 100-continue\r\n\r\n`].map(
        async (text) => {
          const begun = Date.now();
          const answer = await raw(portOf(url), text, 20_000);
          expect(answer.replace('HTTP/1.1 100 Continue\r\n\r\n', '')).toMatch(/^HTTP\/1\.1 408/);
          return Date.now() - begun;
        },
      ),
    );
    expect(times[0]).toBeGreaterThanOrEqual(900);
    expect(Math.max(...times)).toBeLessThan(8_000);
    expect(Math.min(...times.slice(1))).toBeGreaterThanOrEqual(1_900);
    expect(replicas[0]!.begun).toBe(0);
  });

  it('should hold the limit of each replica, let a bounded number wait and refuse the rest at once', async () => {
    const { url, metric } = await serve({ replicas: 2, maxConcurrent: 2, maxQueued: 2 });
    const answers = Array.from({ length: 20 }, () => call(url, { key, body: ask({ sleep: 300 }) }));
    const results = await Promise.all(answers);
    const refused = results.filter((answer) => answer.status === 503);
    expect(results.filter((answer) => answer.status === 200)).toHaveLength(8);
    expect(refused).toHaveLength(12);
    expect(refused[0]!.headers['retry-after']).toBe('1');
    expect(refused[0]!.json()).toMatchObject({ code: 'service_unavailable' });
    expect(replicas.map((replica) => replica.highest)).toEqual([2, 2]);
    expect(await metric('slipway_router_busy')).toBe(0);
  });

  it('should wait for a first replica until the deadline and say then that there is none', async () => {
    const { url } = await serve({ replicas: 0, timeoutMs: 300, maxQueued: 1 });
    const [first, second] = await Promise.all([call(url, { key }), sleep(50).then(() => call(url, { key }))]);
    expect([first.status, first.json().message]).toEqual([503, "service 'iris' has no running replica"]);
    expect(second.status).toBe(503);
  });

  it('should answer 504 at the deadline and keep the slot until the replica has done', async () => {
    const { url } = await serve({ timeoutMs: 400, maxQueued: 5 });
    const late = await call(url, { key, body: ask({ sleep: 1_000 }) });
    expect([late.status, late.json().code]).toEqual([504, 'deadline_exceeded']);
    expect(replicas[0]!.running).toBe(1);
    const next = await call(url, { key, body: ask({ tag: 'next' }) });
    expect(next.status).toBe(503);
    await eventually(async () => expect((await call(url, { key })).status).toBe(200));
    expect(replicas[0]!.highest).toBe(1);
  });

  it('should pass on that a client has left, and count its slot back', async () => {
    const { url, metric } = await serve({ replicas: 2, maxConcurrent: 4, maxQueued: 50 });
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 10 }, async (_, index) => {
          const abort = new AbortController();
          setTimeout(() => abort.abort(), 5 + index * 3);
          await call(url, { key, body: ask({ sleep: 60 }), signal: abort.signal }).catch(() => undefined);
        }),
      );
    }
    await eventually(async () => {
      expect(await metric('slipway_router_busy')).toBe(0);
      expect(await metric('slipway_router_queued')).toBe(0);
    });
    expect(await metric('slipway_router_aborts_total')).toBeGreaterThan(50);
    expect(Math.max(...replicas.map((replica) => replica.highest))).toBeLessThanOrEqual(4);
  });

  it('should fail only the requests of a replica that dies, with 502, and serve all others', async () => {
    const { url } = await serve({ replicas: 3, maxConcurrent: 2, maxQueued: 100 });
    const sent = Array.from({ length: 60 }, (_, index) => call(url, { key, body: ask({ sleep: 100, tag: String(index) }) }));
    await sleep(150);
    replicas[0]!.kill();
    const results = await Promise.all(sent);
    const failed = results.filter((answer) => answer.status !== 200);
    // Its slots: what is on its way there counts too.
    expect(failed.length).toBeLessThanOrEqual(2);
    expect(failed.length).toBeGreaterThan(0);
    for (const answer of failed) {
      expect([answer.status, answer.json().code]).toEqual([502, 'bad_gateway']);
      expect(answer.json().requestId).toBe(answer.headers['x-ms-request-id']);
    }
    expect((await Promise.all(Array.from({ length: 12 }, () => call(url, { key })))).map((answer) => answer.status)).toEqual(
      Array(12).fill(200),
    );
  });

  it('should try again only what no replica has begun', async () => {
    const { url, metric } = await serve({ replicas: 2, maxQueued: 10 });
    expect((await call(url, { key, body: ask({ unprocessed: 3, tag: 'a' }) })).json().tag).toBe('a');
    // Each of the two replicas refuses up to three times.
    expect(await metric('slipway_router_retries_total')).toBeGreaterThanOrEqual(3);
    const dropped = await call(url, { key, body: ask({ drop: true }) });
    expect(dropped.status).toBe(502);
    expect(replicas[0]!.begun + replicas[1]!.begun).toBe(2);
  });

  it('should serve again when a killed replica comes back on its port', async () => {
    const { url } = await serve({ maxQueued: 10 });
    const { port } = replicas[0]!;
    await call(url, { key });
    replicas[0]!.kill();
    await sleep(20);
    const waiting = [call(url, { key }), call(url, { key })];
    await sleep(300);
    replicas.push(await FakeReplica.start({ port, name: 'again' }));
    expect((await Promise.all(waiting)).map((answer) => answer.json().replica)).toEqual(['again', 'again']);
  });

  it("should answer 502 to another request's answer and not use that connection again", async () => {
    const { url } = await serve();
    const wrong = await call(url, { key, body: ask({ wrongId: true }) });
    expect([wrong.status, wrong.json().code]).toEqual([502, 'bad_gateway']);
    expect((await call(url, { key })).status).toBe(200);
  });

  it('should refuse an answer that is too large', async () => {
    const { url } = await serve({ settings: { SLIPWAY_MAX_RESPONSE_BYTES: '1000000' } });
    expect((await call(url, { key, body: ask({ bytes: 2_000_000 }) })).status).toBe(502);
    expect((await call(url, { key, body: ask({ bytes: 900_000 }) })).text).toHaveLength(900_000);
  });

  it('should begin with an empty table not ready, and say so', async () => {
    const home = newHome();
    router = await startRouterProcess(program, home);
    const ready = await fetch(`${router.internalUrl}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ problems: { routes: expect.stringContaining('no routes known') as string } });
    expect((await fetch(`${router.internalUrl}/healthz`)).status).toBe(200);
  });

  it('should drain without failing a request', async () => {
    const { url, stop, internalUrl } = await serve({
      replicas: 2,
      maxConcurrent: 4,
      maxQueued: 200,
      settings: { SLIPWAY_DRAIN_QUIET_MS: '3000' },
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const statuses: number[] = [];
    const failures: unknown[] = [];
    let refusing = false;
    let sending = true;
    const worker = async (index: number): Promise<void> => {
      while (sending) {
        try {
          const answer = await call(url, { key, body: ask({ sleep: 20 }), ...(index % 2 ? { agent } : {}) });
          statuses.push(answer.status);
        } catch (error) {
          // The port is closed: a balancer has taken the router out long before.
          if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') {
            refusing = true;
            return;
          }
          failures.push(error);
        }
      }
    };
    const workers = Array.from({ length: 12 }, (_, index) => worker(index));
    await eventually(() => expect(statuses.length).toBeGreaterThan(100));
    const ended = stop('SIGTERM');
    await eventually(async () => expect((await fetch(`${internalUrl}/readyz`)).status).toBe(503));
    const atDrain = statuses.length;
    await eventually(() => expect(statuses.length).toBeGreaterThan(atDrain + 20));
    // New requests end before the port closes, as they do behind a balancer that saw the readiness.
    sending = false;
    await Promise.all(workers);
    expect(await ended).toBe(0);
    agent.destroy();
    expect(refusing).toBe(false);
    expect(failures).toEqual([]);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('should finish what is in flight when it drains, however long it takes', async () => {
    const { url, stop } = await serve({ maxQueued: 5, settings: { SLIPWAY_DRAIN_QUIET_MS: '0' } });
    const slow = [
      call(url, { key, body: ask({ sleep: 700 }) }),
      sleep(30).then(() => call(url, { key, body: ask({ sleep: 100 }) })),
    ];
    await sleep(100);
    const ended = stop('SIGTERM');
    const answers = await Promise.all(slow);
    expect(answers.map((answer) => [answer.status, answer.headers.connection])).toEqual([
      [200, 'close'],
      [200, 'close'],
    ]);
    expect(await ended).toBe(0);
  });
});
