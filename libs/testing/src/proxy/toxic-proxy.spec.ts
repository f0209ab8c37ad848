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
const within = { timeout: 5_000, interval: 10 };

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
    await expect.poll(before.received, within).toBe('still here');
    await proxy.heal();
    expect(proxy.port).toBe(port);
    expect((await open()).failure()).toBeUndefined();
  });

  it('should reset open and new connections', async () => {
    const before = await open();
    await expect.poll(() => proxy.accepted, within).toBe(1);
    await proxy.poison({ reset: true });
    await expect.poll(before.failure, within).toBe('ECONNRESET');
    const after = await open();
    await expect.poll(after.failure, within).toBe('ECONNRESET');
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
    await expect.poll(client.received, within).toBe('lost?');
    await expect.poll(during.received, within).toBe('me too');
  });

  it('should hold only the direction that is asked for', async () => {
    let seen = '';
    server.on('connection', (socket) => socket.on('data', (data) => (seen += data.toString())));
    const client = await open();
    await proxy.poison({ blackHole: 'toClient' });
    client.socket.write('request');
    await expect.poll(() => seen, within).toBe('request');
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
    await expect.poll(client.received, within).toBe('0123456789');
    expect(performance.now() - start).toBeGreaterThanOrEqual(99);
  });

  it('should keep to a bandwidth', async () => {
    await proxy.poison({ bytesPerSecond: 10_000, sliceBytes: 500 });
    const client = await open();
    const start = performance.now();
    client.socket.write('x'.repeat(2_000));
    await expect.poll(() => client.received().length, within).toBe(2_000);
    expect(performance.now() - start).toBeGreaterThan(190);
  });

  it('should cut after an exact number of bytes', async () => {
    await proxy.poison({ cutAfter: { direction: 'toClient', bytes: 7 } });
    const client = await open();
    client.socket.write('0123456789');
    await expect.poll(client.failure, within).toBe('ECONNRESET');
    expect(client.received()).toBe('0123456');
  });

  it('should write in slices', async () => {
    await proxy.poison({ sliceBytes: 1 });
    const client = await open();
    client.socket.write('0123456789');
    await expect.poll(client.received, within).toBe('0123456789');
    expect(client.pieces.length).toBeGreaterThan(3);
  });
});
