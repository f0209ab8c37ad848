import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectTo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClient, dataOf, followDecisions, followEvents, readLog } from '#slipway/client';
import { type EventEnvelope, type FeedEntry, GetImage, GetService } from '#slipway/contracts';
import { type RunningService, uuidv7 } from '#slipway/platform';
import { ask, eventually, makeStage, type Stage } from './fixture.js';
import { sampleImage, sampleService } from './samples.js';

const megabyte = 2 ** 20;
const account = '/api/v1/accounts/default';

describe('streams', () => {
  let stage: Stage;
  let gateway: RunningService;

  beforeAll(async () => {
    stage = await makeStage();
    gateway = await stage.start();
  });
  afterAll(() => stage.close());
  beforeEach(() => {
    for (const listener of [stage.registry, stage.builder, stage.deployer]) listener.seen.length = 0;
  });

  describe('layers', () => {
    const basic = (): string => `Basic ${Buffer.from(`anybody:${stage.token()}`).toString('base64')}`;

    it('should ask for a password in the form that OCI clients read', async () => {
      const reply = await ask(gateway.url, undefined, 'GET', '/v2/');
      expect(reply).toMatchObject({ status: 401, body: { errors: [{ code: 'UNAUTHORIZED' }] } });
      expect(reply.headers.get('www-authenticate')).toBe('Basic realm="slipway"');
      expect(
        (await ask(gateway.url, undefined, 'GET', '/v2/', { headers: { Authorization: 'Basic bm9ib2R5OndyZW5n' } })).status,
      ).toBe(401);
      expect(stage.registry.seen).toEqual([]);
    });

    it('should take Bearer and Basic, and pass on the caller and nothing else of its own', async () => {
      stage.registry.handle = (_request, response) =>
        response
          .writeHead(202, { Location: '/v2/default/uploads/x', 'Docker-Upload-UUID': 'x', Connection: 'X-Hop', 'X-Hop': '1' })
          .end();
      for (const authorization of [`Bearer ${stage.token()}`, basic()]) {
        const headers = {
          Authorization: authorization,
          'X-Forwarded-For': '10.0.0.1',
          'X-Slipway-Account': 'stranger',
          Range: 'bytes=0-1',
          Accept: 'application/vnd.oci.image.manifest.v1+json',
        };
        const reply = await ask(gateway.url, undefined, 'POST', '/v2/default/uploads/blobs/uploads/?digest=sha256%3Aab', {
          headers,
        });
        expect(reply.status).toBe(202);
        expect(reply.headers.get('location')).toBe('/v2/default/uploads/x');
        expect(reply.headers.get('docker-upload-uuid')).toBe('x');
        expect(reply.headers.get('x-ms-request-id')).toMatch(/^[0-9a-f-]{36}$/);
        const seen = stage.registry.seen.at(-1)!;
        expect(seen).toMatchObject({
          method: 'POST',
          url: '/v2/default/uploads/blobs/uploads/?digest=sha256%3Aab',
          account: 'default',
        });
        expect(seen.headers).toMatchObject({ range: 'bytes=0-1', accept: headers.Accept });
        expect(seen.headers).not.toHaveProperty('x-forwarded-for');
        expect(seen.headers).not.toHaveProperty('x-slipway-account');
        expect(JSON.stringify(seen.headers)).not.toContain(stage.token());
      }
    });

    it('should answer HEAD, 204, 304 and errors as the registry does', async () => {
      stage.registry.handle = (request, response) => {
        if (request.method === 'HEAD') response.writeHead(200, { 'Content-Length': 5_000_000_000 }).end();
        else if (request.method === 'DELETE') response.writeHead(204).end();
        else if (request.headers['if-none-match']) response.writeHead(304).end();
        else response.writeHead(404, { 'Content-Type': 'application/json' }).end('{"errors":[{"code":"BLOB_UNKNOWN"}]}');
      };
      const head = await ask(gateway.url, stage.token(), 'HEAD', '/v2/default/models/blobs/x');
      expect(head.headers.get('content-length')).toBe('5000000000');
      expect((await ask(gateway.url, stage.token(), 'DELETE', '/v2/default/models/blobs/x')).status).toBe(204);
      expect((await ask(gateway.url, stage.token(), 'GET', '/v2/x', { headers: { 'If-None-Match': 'a' } })).status).toBe(304);
      expect(await ask(gateway.url, stage.token(), 'GET', '/v2/x')).toMatchObject({
        status: 404,
        body: { errors: [{ code: 'BLOB_UNKNOWN' }] },
      });
    });

    it('should not take a body of JSON apart', async () => {
      const bodies: string[] = [];
      stage.registry.handle = (request, response) =>
        void text(request).then((body) => {
          bodies.push(body);
          response.writeHead(201).end();
        });
      const body = '{"a":1,"a":2,  "__proto__":{}}';
      expect((await ask(gateway.url, stage.token(), 'PUT', '/v2/default/iris/manifests/1', { body })).status).toBe(201);
      expect(bodies).toEqual([body]);
    });

    it('should carry 200 MB up and down whole', async () => {
      const size = 200 * megabyte;
      const received = createHash('sha256');
      stage.registry.handle = (request, response) => {
        if (request.method === 'PATCH') {
          request.on('data', (chunk: Buffer) => received.update(chunk));
          request.on('end', () => response.writeHead(202).end());
        } else {
          response.writeHead(200, { 'Content-Length': size });
          void pump(response, size);
        }
      };
      const sent = createHash('sha256');
      const upload = open('PATCH', '/v2/default/models/blobs/uploads/1', { 'Content-Length': size });
      await pump(upload, size, sent);
      expect((await answerOf(upload)).statusCode).toBe(202);
      const digest = sent.digest('hex');
      expect(received.digest('hex')).toBe(digest);

      const download = open('GET', '/v2/default/models/blobs/x');
      download.end();
      const taken = createHash('sha256');
      for await (const chunk of await answerOf(download)) taken.update(chunk as Buffer);
      expect(taken.digest('hex')).toBe(digest);
    });

    it('should hold little of what the other side does not take, either way', async () => {
      const size = 200 * megabyte;
      let pushed = 0;
      stage.registry.handle = (request, response) => {
        request.pause();
        if (request.method !== 'GET') return;
        response.writeHead(200, { 'Content-Length': size });
        void pump(response, size, undefined, (bytes) => (pushed = bytes)).catch(() => undefined);
      };
      const download = open('GET', '/v2/default/models/blobs/x');
      download.end();
      const answer = (await answerOf(download)).pause();
      expect(await settled(() => pushed)).toBeLessThan(64 * megabyte);
      answer.destroy();

      let uploaded = 0;
      const upload = open('PATCH', '/v2/default/models/blobs/uploads/1', { 'Content-Length': size });
      void pump(upload, size, undefined, (bytes) => (uploaded = bytes)).catch(() => undefined);
      expect(await settled(() => uploaded)).toBeLessThan(64 * megabyte);
      upload.destroy();
    });

    it('should end an upload at the registry when its sender leaves, and a download when its reader does', async () => {
      const ended: string[] = [];
      stage.registry.handle = (request, response) => {
        request.on('data', () => undefined);
        response.on('close', () => ended.push(`${request.method} ${response.writableFinished}`));
        if (request.method === 'GET') {
          response.writeHead(200);
          void pump(response, 100 * megabyte).catch(() => undefined);
        }
      };
      const upload = open('PATCH', '/v2/x', { 'Content-Length': 100 * megabyte });
      upload.write(Buffer.alloc(megabyte));
      await eventually(() => Promise.resolve(expect(stage.registry.seen).toHaveLength(1)));
      upload.destroy();
      await eventually(() => Promise.resolve(expect(ended).toEqual(['PATCH false'])), 5_000);
      const download = open('GET', '/v2/x');
      download.end();
      (await answerOf(download)).destroy();
      await eventually(() => Promise.resolve(expect(ended).toEqual(['PATCH false', 'GET false'])), 5_000);
    });

    it('should pass on an answer that comes before the end of the upload', async () => {
      stage.registry.handle = (_request, response) =>
        response
          .writeHead(416, { 'Content-Type': 'application/json', Range: '0-9' })
          .end('{"errors":[{"code":"RANGE_INVALID"}]}');
      const reply = await ask(gateway.url, stage.token(), 'PATCH', '/v2/x', { body: new Uint8Array(8 * megabyte) });
      expect(reply).toMatchObject({ status: 416, body: { errors: [{ code: 'RANGE_INVALID' }] } });
      expect(reply.headers.get('range')).toBe('0-9');
    });

    it('should go on with a connection whose upload was answered before its end', async () => {
      stage.registry.handle = (request, response) => response.writeHead(request.method === 'GET' ? 200 : 416).end();
      const socket = connectTo(Number(new URL(gateway.url).port), '127.0.0.1');
      let answers = '';
      socket.on('data', (chunk) => (answers += chunk.toString('latin1')));
      const head = (line: string): string => `${line} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer ${stage.token()}\r\n`;
      socket.write(`${head('PATCH /v2/x')}Content-Length: ${8 * megabyte}\r\n\r\n`);
      socket.write(Buffer.alloc(megabyte));
      await eventually(() => Promise.resolve(expect(answers).toContain('HTTP/1.1 416')), 5_000);
      socket.write(Buffer.alloc(7 * megabyte));
      socket.write(`${head('GET /v2/')}\r\n`);
      await eventually(() => Promise.resolve(expect(answers).toContain('HTTP/1.1 200')), 5_000);
      socket.destroy();
    });

    it('should cut an answer that the registry cut, and say so when there is none', async () => {
      stage.registry.handle = (_request, response) => {
        response.writeHead(200, { 'Content-Length': 100 });
        response.write('half');
        setTimeout(() => response.destroy(), 50);
      };
      await expect(ask(gateway.url, stage.token(), 'GET', '/v2/x')).rejects.toThrow();
      stage.registry.handle = (_request, response) => response.destroy();
      const none = await ask(gateway.url, stage.token(), 'GET', '/v2/x');
      expect(none).toMatchObject({ status: 503, body: { errors: [{ code: 'UNAVAILABLE' }] } });
      expect(none.headers.get('retry-after')).toBe('2');
      stage.registry.handle = (_request, response) =>
        response.writeHead(401, { 'WWW-Authenticate': 'Bearer realm="inside"' }).end();
      const refused = await ask(gateway.url, stage.token(), 'GET', '/v2/x');
      expect(refused.status).toBe(502);
      expect(refused.headers.get('www-authenticate')).toBeNull();
    });

    const open = (method: string, path: string, headers: Record<string, string | number> = {}) => {
      const outgoing = httpRequest(gateway.url + path, {
        method,
        headers: { Authorization: `Bearer ${stage.token()}`, ...headers },
      });
      outgoing.on('error', () => undefined);
      return outgoing;
    };
  });

  describe('logs', () => {
    it('should pass a build log through as it comes, as the caller, with a query that is known', async () => {
      const builder = await stage.fake('builder');
      const image = sampleImage('iris');
      builder.on(GetImage, () => image);
      let release: () => void = () => undefined;
      stage.builder.handle = (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' }).write('first\n');
        release = () => response.end('last\n');
      };
      const response = await fetch(`${gateway.url}${account}/images/iris/log?follow=true`, {
        headers: { Authorization: `Bearer ${stage.token()}` },
      });
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      expect((await reader.read()).value).toBe('first\n');
      release();
      expect((await reader.read()).value).toBe('last\n');
      expect(stage.builder.seen[0]).toMatchObject({ url: `/internal/images/${image.id}/log?follow=true`, account: 'default' });
      expect((await ask(gateway.url, stage.token(), 'GET', `${account}/images/iris/log?follow=yes`)).status).toBe(400);
      expect((await ask(gateway.url, stage.token(), 'GET', `${account}/images/iris/log?path=/etc`)).status).toBe(400);
    });

    it('should give the lines of a service to the client until it leaves', async () => {
      const deployer = await stage.fake('deployer');
      const service = sampleService('iris');
      deployer.on(GetService, () => service);
      let gone = false;
      stage.deployer.handle = (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
        response.write('{"time":"t","level":"info","message":"on');
        setTimeout(() => response.write('e"}\n\n{"time":"t","level":"info","message":"two"}\n'), 50);
        response.on('close', () => (gone = true));
      };
      const client = createClient({ baseUrl: gateway.url, token: stage.token() });
      const leave = new AbortController();
      const messages: string[] = [];
      const query = { follow: 'true', maxLines: '10', requestId: 'a b' };
      for await (const line of readLog(client, 'default', 'iris', query, leave.signal)) {
        messages.push(line.message);
        if (messages.length === 2) leave.abort();
      }
      expect(messages).toEqual(['one', 'two']);
      expect(stage.deployer.seen[0]?.url).toBe(`/internal/services/${service.id}/logs?follow=true&requestId=a+b&maxLines=10`);
      await eventually(() => Promise.resolve(expect(gone).toBe(true)), 5_000);
    });
  });

  it('should pass on what an autoscaler decides, from where the reader was', async () => {
    const deployer = await stage.fake('deployer');
    deployer.on(GetService, () => sampleService('iris'));
    const [first, second] = [uuidv7(), uuidv7()];
    stage.deployer.handle = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(`: open at ${first}\n\nid: ${second}\ndata: {"id":"${second}"}\n\n`);
    };
    const client = createClient({ baseUrl: gateway.url, token: stage.token() });
    const leave = new AbortController();
    const ids: string[] = [];
    for await (const decision of followDecisions(client, 'default', 'iris', first, leave.signal)) {
      ids.push(decision.id);
      leave.abort();
    }
    expect(ids).toEqual([second]);
    expect(stage.deployer.seen[0]?.url).toMatch(new RegExp(`/decisions\\?after=${first}&follow=true$`));
    const ask = (last: string): Promise<Response> =>
      fetch(`${gateway.url}${account}/services/iris/decisions`, {
        headers: { Authorization: `Bearer ${stage.token()}`, Accept: 'text/event-stream', 'Last-Event-ID': last },
      });
    const again = await ask(second);
    expect(again.headers.get('content-type')).toBe('text/event-stream');
    await again.body?.cancel();
    expect(stage.deployer.seen[1]?.url).toMatch(new RegExp(`/decisions\\?after=${second}&follow=true$`));
    expect((await ask('7')).status).toBe(400);
  });

  describe('events', () => {
    const publish = async (names: string[], to = 'default'): Promise<void> => {
      const admin = await connect({
        servers: stage.nats.url,
        authenticator: nkeyAuthenticator(readFileSync(stage.nats.adminCreds!)),
      });
      for (const name of names) {
        const event: EventEnvelope = {
          specversion: '1.0',
          id: uuidv7(),
          type: 'io.slipway.ModelRegistered.v1',
          source: `/accounts/${to}/registry`,
          subject: uuidv7(),
          time: '2026-01-01T00:00:00.000Z',
          datacontenttype: 'application/json',
          correlationid: uuidv7(),
          actor: 'test',
          sequence: 1,
          data: { name },
        };
        await jetstream(admin).publish(`evt.${to}.registry.ModelRegistered.v1`, JSON.stringify(event));
      }
      await admin.close();
    };
    const nameOf = (entry: Pick<FeedEntry, 'event'>): string => (entry.event.data as { name: string }).name;
    const page = async (query: string) => {
      const { status, body } = await ask(gateway.url, stage.token(), 'GET', `${account}/events?${query}`);
      expect(status).toBe(200);
      return body as unknown as { value: FeedEntry[]; next: number; nextLink?: string };
    };
    const end = async (): Promise<number> => (await page('limit=1000')).next;
    const received = (after: number, names: string[]): Promise<FeedEntry[]> =>
      eventually(async () => {
        const { value } = await page(`after=${after}&limit=1000`);
        expect(value.map(nameOf)).toEqual(names);
        return value;
      });

    it('should tell what the gateway itself did at its first start', async () => {
      await eventually(async () => {
        const types = (await page('limit=10')).value.map((entry) => entry.event.type);
        expect(types).toEqual(expect.arrayContaining(['io.slipway.AccountCreated.v1', 'io.slipway.TokenIssued.v1']));
      });
    });

    it('should be read page by page, in rising positions, each account its own', async () => {
      const start = await end();
      await publish(['a', 'b']);
      await publish(['not yours'], 'stranger');
      await publish(['c', 'd', 'e']);
      const all = await received(start, ['a', 'b', 'c', 'd', 'e']);
      expect(all.every((entry, index) => index === 0 || entry.position > all[index - 1]!.position)).toBe(true);
      const first = await page(`after=${start}&limit=2`);
      expect(first.value.map(nameOf)).toEqual(['a', 'b']);
      expect(new URL(first.nextLink!).search).toBe(`?after=${first.next}&limit=2`);
      const last = await page(`after=${all[3]!.position}&limit=2`);
      expect(last.value.map(nameOf)).toEqual(['e']);
      expect(last).not.toHaveProperty('nextLink');
      expect(await page(`after=${last.next}`)).toMatchObject({ value: [], next: last.next });
    });

    it.each(['after=-1', 'after=x', 'limit=0', 'limit=1001', 'after=1&after=2'])('should refuse %s', async (query) => {
      expect((await ask(gateway.url, stage.token(), 'GET', `${account}/events?${query}`)).status).toBe(400);
    });

    it('should stream from where a reader left, without a gap or a repeat', async () => {
      const start = await end();
      await publish(['one', 'two', 'three']);
      const entries = await received(start, ['one', 'two', 'three']);
      const response = await fetch(`${gateway.url}${account}/events?after=0`, {
        headers: {
          Authorization: `Bearer ${stage.token()}`,
          Accept: 'text/event-stream',
          'Last-Event-ID': String(entries[0]!.position),
        },
      });
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      let seen = '';
      const until = async (name: string): Promise<void> => {
        while (!seen.includes(`"name":"${name}"`)) {
          const { value, done } = await reader.read();
          if (done) throw new Error('the stream ended');
          seen += value;
        }
      };
      await until('three');
      await publish(['four']);
      await until('four');
      const ids = [...seen.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
      expect(ids.slice(0, 3)).toEqual(entries.map((entry) => entry.position));
      expect(ids).toHaveLength(4);
      expect(seen.startsWith(`retry: 1000\nid: ${ids[0]}\n: open at ${ids[0]}\n\n`)).toBe(true);
      await reader.cancel();
      const bad = await fetch(`${gateway.url}${account}/events`, {
        headers: { Authorization: `Bearer ${stage.token()}`, Accept: 'text/event-stream', 'Last-Event-ID': 'x' },
      });
      expect(bad.status).toBe(400);
    });

    it('should go on for the client when the gateway is started again', async () => {
      const first = await stage.start();
      const port = Number(new URL(first.url).port);
      const client = createClient({ baseUrl: first.url, token: stage.token() });
      const leave = new AbortController();
      const names: string[] = [];
      const start = await end();
      const following = (async () => {
        for await (const entry of followEvents(client, 'default', start, leave.signal)) names.push(nameOf(entry));
      })();
      await publish(['before']);
      await eventually(() => Promise.resolve(expect(names).toEqual(['before'])));
      await first.stop();
      await publish(['between']);
      const second = await stage.start({ SLIPWAY_LISTEN: `127.0.0.1:${port}` });
      await publish(['after']);
      await eventually(() => Promise.resolve(expect(names).toEqual(['before', 'between', 'after'])));
      leave.abort();
      await following;
      await second.stop();
      const listed = await dataOf(
        createClient({ baseUrl: gateway.url, token: stage.token() }).GET('/api/v1/accounts/{account}/events', {
          params: { path: { account: 'default' }, query: { after: start, limit: 10 } },
        }),
      );
      expect(listed.value).toHaveLength(3);
    });

    it('should wait for a reader that takes nothing, and go on with the others', async () => {
      const start = await end();
      const open = (after: number): Promise<IncomingMessage> =>
        new Promise((resolve) => {
          httpRequest(`${gateway.url}${account}/events?after=${after}`, {
            headers: { Authorization: `Bearer ${stage.token()}`, Accept: 'text/event-stream' },
          })
            .on('response', (response) => resolve(response.pause()))
            .end();
        });
      const stuck = await open(start);
      const names = Array.from({ length: 300 }, (_value, index) => `${index} ${'x'.repeat(20_000)}`);
      await publish(names);
      const reading = await open(start);
      let read = '';
      for await (const chunk of reading) {
        read += String(chunk);
        if (read.includes('"name":"299 ')) break;
      }
      // What was pushed to the one that does not read lies in buffers of the system; the rest waits in the table.
      expect(stuck.readableLength).toBeLessThan(megabyte);
      let late = '';
      for await (const chunk of stuck) {
        late += String(chunk);
        if (late.includes('"name":"299 ')) break;
      }
      expect([...late.matchAll(/^id: (\d+)$/gm)]).toHaveLength(301);
    });
  });
});

async function pump(
  target: NodeJS.WritableStream & { destroyed?: boolean },
  size: number,
  hash?: ReturnType<typeof createHash>,
  onProgress: (bytes: number) => void = () => undefined,
): Promise<void> {
  for (let at = 0; at < size; at += megabyte) {
    const part = Buffer.alloc(megabyte);
    part.writeUInt32LE(at, 0);
    hash?.update(part);
    if (target.destroyed) throw new Error('the other side has left');
    onProgress(at);
    if (target.write(part)) continue;
    const done = new AbortController();
    await Promise.race(['drain', 'close'].map((event) => once(target, event, { signal: done.signal }).catch(() => undefined)));
    done.abort();
  }
  target.end();
}

/** The figure once it has begun and then stood still for a second. */
async function settled(figure: () => number): Promise<number> {
  for (let before = -1, quiet = 0; quiet < 10; before = figure()) {
    await sleep(100);
    quiet = figure() > 0 && figure() === before ? quiet + 1 : 0;
  }
  return figure();
}

const answerOf = (outgoing: ReturnType<typeof httpRequest>): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => outgoing.once('response', resolve).once('error', reject));

async function text(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
