import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { RawUpstream } from './raw-upstream.js';
import { defaultUpstreamLimits } from './replica-connection.js';
import type { UpstreamAddress, UpstreamOutcome } from './upstream.port.js';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const item of open.splice(0)) item.close();
});

/** A replica that answers each request with what the test says, byte for byte. */
async function replica(onRequest: (socket: Socket, id: string, text: string) => void) {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      text += data.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (end < 0 || text.length < end + 4 + length) return;
      const request = text;
      text = '';
      onRequest(socket, /x-ms-request-id: (\S+)/i.exec(request)?.[1] ?? '', request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => (server.close(), sockets.forEach((socket) => socket.destroy())) });
  const { port } = server.address() as AddressInfo;
  return { address: { key: `k${port}`, host: '127.0.0.1', port } satisfies UpstreamAddress, sockets };
}

function upstream(limits: Partial<typeof defaultUpstreamLimits> = {}) {
  const made = new RawUpstream({ ...defaultUpstreamLimits, ...limits });
  open.push(made);
  return made;
}

let number = 0;
const request = (body = '{}') => ({
  id: `id-${++number}`,
  method: 'POST' as const,
  path: '/score',
  headers: 'Content-Type: application/json\r\n',
  body: Buffer.from(body),
});
const ok = (id: string, body: string, extra = ''): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\nX-Ms-Request-Id: ${id}\r\n${extra}\r\n${body}`;
const reasonOf = (outcome: UpstreamOutcome): string => ('reason' in outcome ? outcome.reason : outcome.kind);

describe(RawUpstream.name, () => {
  it('should send a request and read its answer, over one connection when they follow each other', async () => {
    const seen: string[] = [];
    const { address, sockets } = await replica((socket, id, text) => {
      seen.push(text);
      socket.write(ok(id, '[1]', 'X-Own: a\r\n'));
    });
    const client = upstream();
    for (let round = 0; round < 3; round++) {
      const exchange = client.send(address, request('[2]'));
      const outcome = await exchange.outcome;
      expect(outcome).toMatchObject({ kind: 'answered', answer: { status: 200 } });
      if (outcome.kind === 'answered') expect(outcome.answer.body.toString()).toBe('[1]');
      await exchange.released;
    }
    expect(sockets.size).toBe(1);
    expect(seen[0]).toMatch(/^POST \/score HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\nX-Ms-Request-Id: id-\d+\r\n/);
    expect(seen[0]).toContain('Content-Length: 3\r\n\r\n[2]');
  });

  it('should read chunked answers, answers in single bytes and early hints', async () => {
    const { address } = await replica((socket, id) => {
      const text = `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nX-Ms-Request-Id: ${id}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`;
      let at = 0;
      const next = (): void => {
        if (at < text.length) socket.write(text[at++]!, () => setImmediate(next));
      };
      next();
    });
    const outcome = await upstream().send(address, request()).outcome;
    expect(outcome.kind === 'answered' && outcome.answer.body.toString()).toBe('abcde');
    expect(outcome.kind === 'answered' && outcome.answer.headers).not.toContain('Link');
  });

  it.each<[string, string, (id: string) => string]>([
    ['a body that ends early', 'closed', (id) => `HTTP/1.1 200 OK\r\nContent-Length: 10\r\nX-Ms-Request-Id: ${id}\r\n\r\nabc`],
    ['no answer', 'closed', () => ''],
    ['half a head', 'closed', () => 'HTTP/1.1 200 OK\r\nContent-'],
    [
      'both lengths',
      'malformed',
      (id) => `HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\nX-Ms-Request-Id: ${id}\r\n\r\nabc`,
    ],
    [
      'two lengths',
      'malformed',
      (id) => `HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\nX-Ms-Request-Id: ${id}\r\n\r\nabc`,
    ],
    ['a bare line feed', 'malformed', (id) => `HTTP/1.1 200 OK\nContent-Length: 0\nX-Ms-Request-Id: ${id}\n\n`],
    [
      'another protocol',
      'malformed',
      (id) => `HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\nX-Ms-Request-Id: ${id}\r\n\r\n`,
    ],
    ['endless 1xx', 'malformed', () => 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)],
    [
      'a head of 1 MB',
      'too_large',
      (id) => `HTTP/1.1 200 OK\r\nX-Ms-Request-Id: ${id}\r\nX-Big: ${'x'.repeat(1_000_000)}\r\n\r\n`,
    ],
    ['a body over the limit', 'too_large', (id) => ok(id, 'x'.repeat(200_000))],
    ['a second answer at once', 'malformed', (id) => ok(id, 'a') + ok(id, 'b')],
    ['no request id', 'wrong_id', () => 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['two request ids', 'wrong_id', (id) => ok(id, '', `X-Ms-Request-Id: ${id}\r\n`)],
    ["another request's id", 'wrong_id', () => ok('other', 'stolen')],
    ['bytes after HTTP', 'malformed', () => 'SSH-2.0-OpenSSH\r\n'],
  ])('should call %s broken and not use the connection again', async (_name, reason, answer) => {
    const { address, sockets } = await replica((socket, id) => {
      socket.write(answer(id));
      if (reason === 'closed') socket.end();
    });
    const client = upstream({ responseBytes: 100_000 });
    expect(reasonOf(await client.send(address, request()).outcome)).toBe(reason);
    await client.send(address, request()).outcome;
    expect(sockets.size).toBe(2);
  });

  it('should not give a planted answer to the next caller, whenever it comes', async () => {
    let delay = 0;
    const { address } = await replica((socket, id) => {
      socket.write(ok(id, `for ${id}`));
      setTimeout(() => socket.write(ok(id, 'planted')), delay);
    });
    const client = upstream();
    for (let round = 0; round < 200; round++) {
      delay = round % 5;
      const sent = request();
      const outcome = await client.send(address, sent).outcome;
      if (outcome.kind === 'answered') expect(outcome.answer.body.toString()).toBe(`for ${sent.id}`);
      if (round % 3 === 0) await new Promise((resolve) => setTimeout(resolve, round % 7));
    }
  });

  it('should say that nothing was sent when the replica refuses the connection', async () => {
    const { address } = await replica(() => undefined);
    open.splice(0, 1)[0]!.close();
    const exchange = upstream().send(address, request());
    expect(await exchange.outcome).toEqual({ kind: 'unsent', reason: 'ECONNREFUSED' });
    await exchange.released;
  });

  it('should keep an abandoned request until the replica closes', async () => {
    let closeIt: () => void = () => undefined;
    const { address } = await replica((socket) => socket.on('end', () => (closeIt = () => socket.end())));
    const exchange = upstream().send(address, request());
    await new Promise((resolve) => setTimeout(resolve, 50));
    exchange.abandon();
    expect(await exchange.outcome).toEqual({ kind: 'abandoned' });
    let released = false;
    void exchange.released.then(() => (released = true));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(released).toBe(false);
    closeIt();
    await exchange.released;
  });

  it('should keep an abandoned request for the limit when the replica does not close', async () => {
    const { address } = await replica(() => undefined);
    const exchange = upstream({ lingerMs: 100 }).send(address, request());
    await new Promise((resolve) => setTimeout(resolve, 30));
    const start = performance.now();
    exchange.abandon();
    await exchange.released;
    expect(performance.now() - start).toBeGreaterThanOrEqual(95);
  });

  it('should drop idle connections of a forgotten replica and those that the replica closes', async () => {
    const { address, sockets } = await replica((socket, id) => socket.write(ok(id, '')));
    const client = upstream();
    await client.send(address, request()).outcome;
    for (const socket of sockets) socket.end();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await client.send(address, request()).outcome).kind).toBe('answered');
    expect(sockets.size).toBe(2);
    client.forget(address);
    expect((await client.send(address, request()).outcome).kind).toBe('answered');
    expect(sockets.size).toBe(3);
  });
});
