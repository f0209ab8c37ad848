import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Log } from '#slipway/platform';
import type { EdgeHandler, EdgeRequest } from './edge.port.js';
import { defaultEdgeLimits, NodeHttpEdge } from './node-http.edge.js';

const edges: NodeHttpEdge[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const edge of edges.splice(0)) await edge.close(0);
});

async function listen(handler: EdgeHandler, limits: Partial<typeof defaultEdgeLimits> = {}) {
  const edge = new NodeHttpEdge({ host: '127.0.0.1', port: 0 }, handler, Log.silent(), { ...defaultEdgeLimits, ...limits });
  edges.push(edge);
  const port = await edge.listen();
  const open = (text: string, read = true) => {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    const client = { socket, received: '', closed: new Promise<void>((resolve) => socket.on('close', () => resolve())) };
    socket.on('error', () => undefined);
    if (read) socket.on('data', (data) => (client.received += data.toString('latin1')));
    socket.write(text);
    return client;
  };
  return { edge, open };
}

const until = async (check: () => boolean, ms = 5_000): Promise<void> => {
  for (const end = Date.now() + ms; !check();) {
    if (Date.now() > end) throw new Error('not in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
const answer = (request: EdgeRequest, body: Buffer | string): void =>
  request.answer({ status: 200, headers: ['X-A', 'b'], body: Buffer.from(body) });
const head = (length: number, extra = ''): string =>
  `POST /x?a=%2f HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n${extra}\r\n`;

describe(NodeHttpEdge.name, () => {
  it('should hand over a request as it came and send exact bytes back', async () => {
    let seen: EdgeRequest | undefined;
    const bytes = Buffer.from([0, 200, 255, 13, 10, 128]);
    const { open } = await listen(async (request) => {
      seen = request;
      answer(request, Buffer.concat([bytes, await request.body(10)]));
    });
    const client = open(`${head(2)}{}`);
    await until(() => client.received.endsWith('{}'));
    expect([seen?.method, seen?.target, seen?.headers.slice(0, 2)]).toEqual(['POST', '/x?a=%2f', ['Host', 'a']]);
    const end = client.received.indexOf('\r\n\r\n');
    const [top, body] = [client.received.slice(0, end), client.received.slice(end + 4)];
    expect(Buffer.from(body, 'latin1')).toEqual(Buffer.concat([bytes, Buffer.from('{}')]));
    expect(top).toContain('Content-Length: 8');
  });

  it('should ask for the body only when it is wanted', async () => {
    const { open } = await listen(async (request) =>
      answer(request, request.target === '/x?a=%2f' ? await request.body(10) : 'no'),
    );
    const wanted = open(head(2, 'Expect: 100-continue\r\n'));
    await until(() => wanted.received.includes('100 Continue'));
    wanted.socket.write('ok');
    await until(() => wanted.received.endsWith('ok'));
    const refused = open(head(2, 'Expect: 100-continue\r\n').replace('/x?a=%2f', '/y'));
    await until(() => refused.received.endsWith('no'));
    expect(refused.received).not.toContain('100 Continue');
    const other = open(head(2, 'Expect: something\r\n'));
    await other.closed;
    expect(other.received).toMatch(/^HTTP\/1\.1 417/);
  });

  it('should cut off a client that stops taking its answer', async () => {
    const { open } = await listen((request) => answer(request, Buffer.alloc(20_000_000)), { writeStallMs: 200 });
    const client = open('GET /x HTTP/1.1\r\nHost: a\r\n\r\n', false);
    client.socket.pause();
    await until(() => client.socket.readableLength > 0 || client.socket.bytesRead > 0, 2_000).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    client.socket.resume();
    await client.closed;
    expect(client.socket.bytesRead).toBeLessThan(20_000_000);
  });

  it('should bound what it holds in memory for all requests together, and count it back', async () => {
    const codes: string[] = [];
    const { open } = await listen(
      (request) =>
        void request.body(1_000_000).then(
          (body) => codes.push(String(body.length)),
          (error: { code: string }) => {
            codes.push(error.code);
            answer(request, 'refused');
          },
        ),
      { bufferedBytes: 150_000 },
    );
    const first = open(head(100_000) + 'x'.repeat(100_000));
    await until(() => codes.length === 1);
    open(head(100_000) + 'x'.repeat(100_000));
    await until(() => codes.length === 2);
    first.socket.destroy();
    await first.closed;
    await new Promise((resolve) => setTimeout(resolve, 50));
    open(head(100_000) + 'x'.repeat(100_000));
    await until(() => codes.length === 3);
    expect(codes).toEqual(['100000', 'service_unavailable', '100000']);
  });

  it('should say once that a client has gone, before and after its body', async () => {
    const gone: string[] = [];
    const { open } = await listen((request) => {
      void request.body(10).then(
        () => request.whenGone(() => gone.push('waiting')),
        (error: Error) => gone.push(error.name),
      );
    });
    const early = open(`${head(5)}ab`);
    const late = open(`${head(2)}ab`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    early.socket.destroy();
    late.socket.destroy();
    await until(() => gone.length === 2);
    expect(gone.sort()).toEqual(['ClientGone', 'waiting']);
  });

  it('should finish what it has while it closes, and end each connection with its answer', async () => {
    let finish: () => void = () => undefined;
    const { edge, open } = await listen((request) => (finish = () => answer(request, 'done')));
    const client = open('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    edge.beginDrain();
    const closed = edge.close(5_000);
    finish();
    await closed;
    await client.closed;
    expect(client.received).toMatch(/Connection: close[^]*done$/);
  });

  it('should not put an error of a later request into the answer to an earlier one', async () => {
    let finish: () => void = () => undefined;
    const { open } = await listen((request) => (finish = () => answer(request, 'late')));
    const client = open('GET /x HTTP/1.1\r\nHost: a\r\n\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.socket.write('nonsense\r\n\r\n');
    await client.closed;
    finish();
    expect(client.received).not.toContain('400');
  });
});
