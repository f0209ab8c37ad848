import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ToxicProxy } from './toxic-proxy.js';

let server: Server;
let proxy: ToxicProxy;
const sockets: Socket[] = [];

/** Answers with what it gets. */
beforeEach(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  proxy = await ToxicProxy.start({ port: typeof address === 'object' && address ? address.port : 0 });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await proxy.close();
  await new Promise((resolve) => server.close(resolve));
});

interface Client {
  socket: Socket;
  received: () => string;
  pieces: number[];
  failure: () => string | undefined;
}

async function open(): Promise<Client> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', noDelay: true });
  sockets.push(socket);
  let text = '';
  let failure: string | undefined;
  const pieces: number[] = [];
  socket.on('data', (data) => {
    text += data.toString();
    pieces.push(data.length);
  });
  socket.on('error', (error: NodeJS.ErrnoException) => (failure = error.code));
  await new Promise((resolve) => {
    socket.once('connect', resolve);
    socket.once('error', resolve);
  });
  return { socket, received: () => text, pieces, failure: () => failure };
}

const settle = (ms = 60): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const eventually = (check: () => unknown) => expect.poll(check, { timeout: 5_000, interval: 10 });

describe(ToxicProxy.name, () => {
  it('should carry bytes both ways and pass on the end', async () => {
    const client = await open();
    const text = 'x'.repeat(3 * 2 ** 20);
    client.socket.end(text);
    await once(client.socket, 'end');
    expect(client.received().length).toBe(text.length);
  });

  it('should refuse new connections, leave open ones, and listen at the same port when healed', async () => {
    const before = await open();
    const { port } = proxy;
    await proxy.poison({ refuse: true });
    expect((await open()).failure()).toBe('ECONNREFUSED');
    before.socket.write('still here');
    await eventually(before.received).toBe('still here');
    await proxy.heal();
    expect(proxy.port).toBe(port);
    expect((await open()).failure()).toBeUndefined();
  });

  it('should reset open and new connections', async () => {
    const before = await open();
    await eventually(() => proxy.accepted).toBe(1);
    await proxy.poison({ reset: true });
    await eventually(before.failure).toBe('ECONNRESET');
    const after = await open();
    await eventually(after.failure).toBe('ECONNRESET');
  });

  it('should hold everything in a black hole, and deliver it when healed', async () => {
    const client = await open();
    await proxy.poison({ blackHole: 'both' });
    client.socket.write('lost?');
    const during = await open();
    during.socket.write('me too');
    await settle();
    expect([client.received(), during.received(), client.failure()]).toEqual(['', '', undefined]);
    await proxy.heal();
    await eventually(client.received).toBe('lost?');
    await eventually(during.received).toBe('me too');
  });

  it('should hold only the direction that is asked for', async () => {
    let seen = '';
    server.on('connection', (socket) => socket.on('data', (data) => (seen += data.toString())));
    const client = await open();
    await proxy.poison({ blackHole: 'toClient' });
    client.socket.write('request');
    await eventually(() => seen).toBe('request');
    await settle();
    expect(client.received()).toBe('');
  });

  it('should delay pieces and keep their order', async () => {
    await proxy.poison({ latencyMs: 50, jitterMs: 30 });
    const client = await open();
    const start = performance.now();
    for (let index = 0; index < 10; index += 1) {
      client.socket.write(`${index}`);
      await settle(1);
    }
    await eventually(client.received).toBe('0123456789');
    expect(performance.now() - start).toBeGreaterThanOrEqual(99);
  });

  it('should keep to a bandwidth', async () => {
    await proxy.poison({ bytesPerSecond: 10_000, sliceBytes: 500 });
    const client = await open();
    const start = performance.now();
    client.socket.write('x'.repeat(2_000));
    await eventually(() => client.received().length).toBe(2_000);
    expect(performance.now() - start).toBeGreaterThan(190);
  });

  it('should cut after an exact number of bytes', async () => {
    await proxy.poison({ cutAfter: { direction: 'toClient', bytes: 7 } });
    const client = await open();
    client.socket.write('0123456789');
    await eventually(client.failure).toBe('ECONNRESET');
    expect(client.received()).toBe('0123456');
  });

  it('should write in slices', async () => {
    await proxy.poison({ sliceBytes: 1 });
    const client = await open();
    client.socket.write('0123456789');
    await eventually(client.received).toBe('0123456789');
    expect(client.pieces.length).toBeGreaterThan(3);
  });
});
