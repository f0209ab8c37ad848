import { connect } from 'node:net';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GetModel, ListModels, RegisterModel } from '#slipway/contracts';
import { makeSecret, type RunningService, sha256Hex } from '#slipway/platform';
import { everyPath, RoutesCheck } from '../src/http/routes.check.js';
import { documentedRoutes } from '../src/openapi/routes.js';
import { ask, eventually, type FakeService, makeStage, type Stage } from './fixture.js';
import { digest, sampleModel } from './samples.js';

const models = '/api/v1/accounts/default/models';
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

describe('the door', () => {
  let stage: Stage;
  let gateway: RunningService;
  let registry: FakeService;

  beforeAll(async () => {
    stage = await makeStage();
    gateway = await stage.start();
    registry = await stage.fake('registry');
    registry.on(ListModels, () => ({ value: [] }));
    registry.on(GetModel, ({ ref }) => sampleModel(ref));
    registry.on(RegisterModel, ({ name }) => sampleModel(name));
  });
  afterAll(() => stage.close());
  beforeEach(() => {
    registry.asked.length = 0;
  });

  /** The status of a request that is written as it is, and the rest of its answer. */
  const raw = (text: string): Promise<{ status: number; answer: string }> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () => socket.write(text, 'latin1'));
      let answer = '';
      socket.setTimeout(10_000, () => socket.destroy(new Error(`no answer to ${text.slice(0, 80)}`)));
      socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
      socket.on('error', reject);
      socket.on('close', () => resolve({ status: Number(answer.slice(9, 12)), answer }));
    });
  const withToken = (line: string, ...headers: string[]): string =>
    [line, 'Host: gateway', 'Connection: close', ...headers, '', ''].join('\r\n');

  const execute = async (sql: string, values: unknown[] = []): Promise<pg.QueryResult<Record<string, unknown>>> => {
    const client = new pg.Client({ connectionString: stage.database.adminUrl });
    await client.connect();
    try {
      return await client.query<Record<string, unknown>>(sql, values);
    } finally {
      await client.end();
    }
  };
  const insertToken = async (roles: string[], account = 'default'): Promise<{ id: string; text: string }> => {
    const { id, text, sha256 } = makeSecret('slp');
    await execute('INSERT INTO gateway.api_token (id, sha256, account, roles, description) VALUES ($1, $2, $3, $4, $5)', [
      id,
      sha256,
      account,
      roles,
      'test',
    ]);
    return { id, text };
  };

  /** What the HTTP server really has, not what the gateway says of itself. */
  const served = (): { path: string; methods: string[] }[] => {
    const server = gateway.app.getHttpAdapter().getInstance() as {
      router: { stack: { route?: { path: string; methods: Record<string, boolean> } }[] };
    };
    return server.router.stack.flatMap(({ route }) =>
      route ? [{ path: route.path, methods: Object.keys(route.methods).map((method) => method.toUpperCase()) }] : [],
    );
  };
  const example = (path: string): string => path.replace(':account', 'default').replace(':ref', 'iris').replace(':id', 'x');

  describe('routes', () => {
    it('should be the ones that the document tells', () => {
      const inDocument = documentedRoutes.map(
        ({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      );
      const own = gateway.app
        .get(RoutesCheck)
        .routes()
        .filter((route) => route.path !== `/${everyPath}` && !route.path.startsWith('/internal/'))
        .map((route) => `${route.method} ${route.path}`);
      expect(own.sort()).toEqual(inDocument.sort());
    });

    it('should each refuse every method without a token, unless they are open', async () => {
      const open = new Set(['/', '/healthz', '/readyz', '/metrics']);
      const paths = served().filter(({ path }) => !/^\/(?:docs|openapi\.json|\{\*path)/.test(path));
      expect(paths.length).toBeGreaterThan(25);
      for (const { path, methods: own } of paths) {
        for (const method of methods) {
          const reply = await ask(gateway.url, undefined, method, example(path));
          const takes = paths.some((route) => route.path === path && route.methods.includes(method === 'HEAD' ? 'GET' : method));
          const wanted = !takes ? 405 : open.has(path) ? 200 : 401;
          expect(`${method} ${path} ${reply.status}`).toBe(`${method} ${path} ${wanted}`);
          if (reply.status === 405) expect(reply.headers.get('allow')).toBeTruthy();
          expect(own.length).toBeGreaterThan(0);
        }
      }
      expect(registry.asked).toEqual([]);
    });

    it('should refuse every method below /v2/ without a token', async () => {
      for (const path of ['/v2', '/v2/', '/v2/default/models/blobs/x', '/v2/default/models/blobs/uploads/?mount=x'])
        for (const method of methods) {
          const reply = await ask(gateway.url, undefined, method, path);
          expect(`${method} ${path} ${reply.status}`).toBe(`${method} ${path} 401`);
        }
      expect((await ask(gateway.url, stage.token(), 'GET', '/V2/')).status).toBe(404);
      expect(stage.registry.seen).toEqual([]);
    });

    it('should each refuse a role that may do nothing, and another account as if it were not there', async () => {
      const nobody = await insertToken(['nobody']);
      const stranger = await insertToken(['owner'], 'stranger');
      for (const { path, methods: own } of served().filter((route) => route.path.startsWith('/api/'))) {
        for (const method of own.filter((name) => name !== 'HEAD')) {
          expect((await ask(gateway.url, nobody.text, method, example(path))).status).toBe(403);
          expect((await ask(gateway.url, stranger.text, method, example(path))).status).toBe(404);
        }
      }
      const v2 = await ask(gateway.url, nobody.text, 'GET', '/v2/');
      expect(v2).toMatchObject({ status: 403, body: { errors: [{ code: 'DENIED' }] } });
      const other = await ask(gateway.url, stage.token(), 'GET', models.replace('default', 'stranger'));
      const none = await ask(gateway.url, stage.token(), 'GET', models.replace('default', 'nowhere'));
      expect(
        JSON.stringify(other.body)
          .replace('stranger', 'nowhere')
          .replace(/"requestId.*/, ''),
      ).toBe(JSON.stringify(none.body).replace(/"requestId.*/, ''));
      expect(registry.asked).toEqual([]);
    });

    it.each([
      '//api/v1/accounts/default/models',
      '/api//v1/accounts/default/models',
      '/./api/v1/accounts/default/models',
      '/api/v1/accounts/default/x/../models',
      '/%2e/api/v1/accounts/default/models',
      '/v2/%2e%2e/internal/dead-letters',
      '/v2/../internal/dead-letters',
      '/api/v1/accounts/default\\models',
      '/api/v1/accounts/default/models/%00',
      '/api/v1/accounts/default/models/a%0d%0ab',
      '/api/v1/accounts/default/models/%E0%A4%A',
      '/api/v1/accounts/default/models/%5c',
      'http://other/api/v1/accounts/default/models',
    ])('should refuse the address %s', async (target) => {
      const { status } = await raw(withToken(`GET ${target} HTTP/1.1`, `Authorization: Bearer ${stage.token()}`));
      expect(status).toBe(400);
      expect(registry.asked).toEqual([]);
    });

    it.each([`${models}/`, models.replace('/api', '/API'), `${models};a`, `${models}%2F`])(
      'should guard %s like the plain form, or not know it',
      async (target) => {
        expect([401, 404]).toContain((await raw(withToken(`GET ${target} HTTP/1.1`))).status);
        const known = await raw(withToken(`GET ${target} HTTP/1.1`, `Authorization: Bearer ${stage.token()}`));
        expect([200, 404]).toContain(known.status);
      },
    );

    it('should not let another header change the method', async () => {
      const reply = await ask(gateway.url, stage.token(), 'POST', `${models}/iris`, {
        headers: { 'X-HTTP-Method-Override': 'GET' },
      });
      expect(reply.status).toBe(405);
      expect((await raw(withToken(`TRACE ${models} HTTP/1.1`, `Authorization: Bearer ${stage.token()}`))).status).toBe(405);
    });

    it('should guard HEAD like GET and answer it without a body', async () => {
      expect((await ask(gateway.url, undefined, 'HEAD', models)).status).toBe(401);
      const head = await ask(gateway.url, stage.token(), 'HEAD', models);
      expect(head).toMatchObject({ status: 200, body: {} });
    });
  });

  describe('tokens', () => {
    const refusal = async (authorization: string | undefined): Promise<string> => {
      const reply = await ask(gateway.url, undefined, 'GET', models, {
        headers: authorization ? { Authorization: authorization } : {},
      });
      expect(reply.status).toBe(401);
      expect(reply.headers.get('www-authenticate')).toBe('Bearer realm="slipway"');
      return String(reply.body.message);
    };

    it('should have one text for every bad one', async () => {
      const { text } = makeSecret('slp');
      const revoked = await insertToken(['owner']);
      await execute('UPDATE gateway.api_token SET revoked_at = now() WHERE id = $1', [revoked.id]);
      const own = stage.token();
      const texts = [
        await refusal(undefined),
        await refusal('Bearer'),
        await refusal(`Bearer ${text}`),
        await refusal(`Bearer ${makeSecret('slk').text}`),
        await refusal(`Bearer ${own.slice(0, -1)}${own.endsWith('0') ? '1' : '0'}`),
        await refusal(`Bearer ${revoked.text}`),
        await refusal(`Basic ${Buffer.from(`user:${own}`).toString('base64')}`),
        await refusal(own),
      ];
      expect(new Set(texts).size).toBe(1);
      expect(registry.asked).toEqual([]);
    });

    it('should not be taken from the address, a cookie, or one of two headers', async () => {
      const token = stage.token();
      expect((await ask(gateway.url, undefined, 'GET', `${models}?access_token=${token}`)).status).toBe(400);
      expect((await ask(gateway.url, token, 'GET', `${models}?name=${token}`)).status).toBe(400);
      expect((await ask(gateway.url, token, 'GET', `${models}?name=${token.replaceAll('_', '%5F')}`)).status).toBe(400);
      expect((await ask(gateway.url, undefined, 'GET', models, { headers: { Cookie: `t=${token}` } })).status).toBe(400);
      const twice = await raw(
        withToken(`GET ${models} HTTP/1.1`, `Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`),
      );
      expect(twice.status).toBe(400);
    });

    it('should stop within seconds of being revoked, and note when they were used', async () => {
      const { id, text } = await insertToken(['owner']);
      expect((await ask(gateway.url, text, 'GET', models)).status).toBe(200);
      await eventually(async () => {
        const { rows } = await execute('SELECT last_used_at FROM gateway.api_token WHERE id = $1', [id]);
        expect(rows[0]?.last_used_at).toBeInstanceOf(Date);
      });
      await execute('UPDATE gateway.api_token SET revoked_at = now() WHERE id = $1', [id]);
      await eventually(async () => expect((await ask(gateway.url, text, 'GET', models)).status).toBe(401), 5_000);
    });

    it('should hold up an address that guesses, and not a good token that comes from it', async () => {
      const guess = (): Promise<number> => ask(gateway.url, makeSecret('slp').text, 'GET', models).then((reply) => reply.status);
      const other = await stage.start();
      const good = stage.token();
      expect((await ask(other.url, good, 'GET', models)).status).toBe(200);
      const guessThere = (): Promise<number> =>
        ask(other.url, makeSecret('slp').text, 'GET', models).then((reply) => reply.status);
      let last = 0;
      for (let count = 0; count < 150 && last !== 429; count += 1) last = await guessThere();
      expect(last).toBe(429);
      const held = await ask(other.url, makeSecret('slp').text, 'GET', models);
      expect(Number(held.headers.get('retry-after'))).toBeGreaterThan(2);
      expect((await ask(other.url, makeSecret('slp').text, 'GET', '/v2/')).body).toMatchObject({
        errors: [{ code: 'TOOMANYREQUESTS' }],
      });
      expect((await ask(other.url, good, 'GET', models)).status).toBe(200);
      expect(await guess()).toBe(401);
      await other.stop();
    });
  });

  describe('what a caller says of itself', () => {
    it('should not reach the services, and not come back when it is not plain', async () => {
      const headers = {
        'x-ms-request-id': 'mine',
        'Slipway-Account': 'stranger',
        'Slipway-Actor': 'system',
        'X-Forwarded-For': '10.0.0.1',
        'x-ms-client-request-id': 'x'.repeat(10_000),
      };
      const reply = await ask(gateway.url, stage.token(), 'GET', models, { headers });
      expect(reply.headers.get('x-ms-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(reply.headers.get('x-ms-client-request-id')).toBeNull();
      expect(registry.asked[0]?.ctx).toMatchObject({ account: 'default', correlationId: reply.headers.get('x-ms-request-id') });
    });

    it('should not come from a page of another site', async () => {
      const headers = { Origin: 'https://evil.example' };
      const reply = await ask(gateway.url, stage.token(), 'GET', models, { headers });
      expect(reply).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      expect(reply.headers.get('access-control-allow-origin')).toBeNull();
      const preflight = await ask(gateway.url, undefined, 'OPTIONS', models, {
        headers: { ...headers, 'Access-Control-Request-Method': 'GET' },
      });
      expect(preflight.status).toBe(403);
      expect((await ask(gateway.url, stage.token(), 'GET', models, { headers: { Origin: gateway.url } })).status).toBe(200);
      expect(
        (await ask(gateway.url, stage.token(), 'GET', models, { headers: { Origin: 'https://slipway.example' } })).status,
      ).toBe(200);
    });
  });

  describe('bodies', () => {
    const post = async (body: string | Uint8Array, headers: Record<string, string> = {}) =>
      ask(gateway.url, stage.token(), 'POST', models, { body, headers });
    const good = JSON.stringify({ name: 'iris', url: `blob:${digest}` });

    it.each([
      ['deep nesting', '['.repeat(100_000) + ']'.repeat(100_000)],
      ['open nesting', '{"a":'.repeat(50_000)],
      ['a number out of range', '{"name":1e999}'],
      ['NaN', '{"name":NaN}'],
      ['a name twice', '{"name":"a","name":"b"}'],
      ['a name twice, once escaped', String.raw`{"name":"a","n\u0061me":"b"}`],
      ['__proto__', '{"__proto__":{"name":"iris"}}'],
      ['constructor', '{"constructor":{"prototype":{"polluted":true}}}'],
      ['a lone surrogate', String.raw`{"name":"\ud800"}`],
      ['NUL', String.raw`{"name":"a\u0000b"}`],
      ['bytes that are not UTF-8', Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])],
      ['a byte order mark', `\ufeff${good}`],
      ['two values', `${good}${good}`],
      ['a list', `[${good}]`],
      ['a text', '"iris"'],
      ['nothing but space', ' '],
      ['many names', `{${Array.from({ length: 20_000 }, (_value, index) => `"k${index}":0`).join(',')}}`],
    ])('should refuse %s', async (_what, body) => {
      const reply = await post(body);
      expect(reply).toMatchObject({ status: 400, body: { code: 'bad_request' } });
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      expect(registry.asked).toEqual([]);
    });

    it('should refuse one that is too large, and answer it whole', async () => {
      const body = `{"name":"${'x'.repeat(10_000_000)}"}`;
      expect(await post(body)).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
      const chunked = await fetch(gateway.url + models, {
        method: 'POST',
        headers: { Authorization: `Bearer ${stage.token()}`, 'Content-Type': 'application/json' },
        body: new Blob([body]).stream(),
        duplex: 'half',
      } as RequestInit);
      expect(chunked.status).toBe(413);
    });

    it('should refuse what is not said to be JSON', async () => {
      for (const headers of [
        { 'Content-Type': 'text/plain' },
        { 'Content-Type': 'application/x-www-form-urlencoded' },
        { 'Content-Type': 'application/json; charset=utf-16' },
        { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
      ] as Record<string, string>[])
        expect(await post(good, headers)).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
      expect((await post(good, { 'Content-Type': 'application/json; charset=UTF-8' })).status).toBe(200);
    });

    it('should refuse lengths that two readers could read as two', async () => {
      const head = ['Content-Type: application/json', `Authorization: Bearer ${stage.token()}`];
      const both = await raw(
        `${withToken(`POST ${models} HTTP/1.1`, ...head, 'Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      );
      expect(both.status).toBe(400);
      const two = await raw(`${withToken(`POST ${models} HTTP/1.1`, ...head, 'Content-Length: 2', 'Content-Length: 3')}{}`);
      expect(two.status).toBe(400);
      expect(registry.asked).toEqual([]);
    });
  });

  describe('pages', () => {
    it('should show where to go, the document and its page, all from here', async () => {
      const landing = await ask(gateway.url, undefined, 'GET', '/');
      expect(String(landing.body.text)).toContain('href="docs"');
      const policy = landing.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(landing.headers.get('x-content-type-options')).toBe('nosniff');
      expect(landing.headers.get('x-powered-by')).toBeNull();
      const document = await ask(gateway.url, undefined, 'GET', '/openapi.json');
      expect(document.body).toMatchObject({ openapi: '3.1.0' });
      const docs = await fetch(`${gateway.url}/docs`);
      const html = await docs.text();
      expect(docs.status).toBe(200);
      expect(html).not.toMatch(/(?:src|href)="https?:/);
      expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
      for (const [, file] of html.matchAll(/(?:src|href)="\.\/([^"]+)"/g))
        expect((await fetch(`${gateway.url}/${file}`)).status).toBe(200);
    });

    it('should say who is ready, and nothing else, to anybody', async () => {
      await eventually(async () => expect((await ask(gateway.url, undefined, 'GET', '/readyz')).status).toBe(200));
      expect((await ask(gateway.url, undefined, 'GET', '/healthz')).body).toEqual({ status: 'ok' });
      expect((await fetch(`${gateway.url}/metrics`)).status).toBe(200);
      // What the gateway could not handle is for the installation's own services, not for users.
      for (const token of [undefined, stage.token()])
        expect(await ask(gateway.url, token, 'GET', '/internal/dead-letters')).toMatchObject({ status: 401 });
    });
  });

  describe('the owner token', () => {
    const restart = async (): Promise<void> => (await stage.start()).stop();
    const issued = async (): Promise<string[]> =>
      (
        await execute(
          `SELECT event->'data'->>'tokenId' AS id FROM gateway.outbox WHERE subject LIKE '%.TokenIssued.v1' ORDER BY seq`,
        )
      ).rows.map((row) => String(row.id));

    it('should be made at the first start, for its owner only, and be kept by the next', async () => {
      expect(statSync(stage.ownerTokenFile).mode & 0o777).toBe(0o600);
      const before = stage.token();
      const { rows } = await execute(
        `SELECT count(*)::int AS n FROM gateway.outbox WHERE subject = 'evt.default.gateway.AccountCreated.v1'`,
      );
      expect(rows[0]?.n).toBe(1);
      await restart();
      expect(stage.token()).toBe(before);
      expect(await issued()).toEqual([before.split('_')[1]]);
      const stored = await execute('SELECT * FROM gateway.api_token WHERE id = $1', [before.split('_')[1]]);
      expect(JSON.stringify(stored.rows)).not.toContain(before);
      expect(stored.rows[0]?.sha256).toBe(sha256Hex(before));
    });

    it('should be made again when its file is lost, broken, or its token revoked', async () => {
      const [first] = [stage.token()];
      rmSync(stage.ownerTokenFile);
      await restart();
      const second = stage.token();
      expect(second).not.toBe(first);
      expect((await ask(gateway.url, first, 'GET', models)).status).toBe(200);
      writeFileSync(stage.ownerTokenFile, 'slp_half');
      await restart();
      const third = stage.token();
      await execute('UPDATE gateway.api_token SET revoked_at = now() WHERE id = $1', [third.split('_')[1]]);
      await restart();
      expect(new Set([first, second, third, stage.token()]).size).toBe(4);
      expect((await ask(gateway.url, stage.token(), 'GET', models)).status).toBe(200);
    });

    it('should be taken from the file when who set the installation up put it there', async () => {
      const { text, id } = makeSecret('slp');
      writeFileSync(stage.ownerTokenFile, `${text}\n`, { mode: 0o400 });
      await restart();
      expect(readFileSync(stage.ownerTokenFile, 'utf8').trim()).toBe(text);
      expect((await ask(gateway.url, text, 'GET', models)).status).toBe(200);
      expect((await issued()).at(-1)).toBe(id);
    });
  });
});
