import { connect, createServer, type Server, type Socket } from 'node:net';
import { Pump, type ToxicSource } from './pump.js';
import type { Toxics } from './toxics.js';

const loopback = '127.0.0.1';

/** A TCP proxy on loopback whose faults a test sets and heals while connections are open. */
export class ToxicProxy implements ToxicSource {
  private toxics: Toxics = {};
  private change = Promise.withResolvers<void>();
  private readonly connections = new Set<{ client: Socket; server: Socket }>();
  private listener: Server | undefined;
  /** Connections that clients have opened so far. */
  accepted = 0;

  private constructor(
    private readonly target: { host: string; port: number },
    private ownPort: number,
    readonly random: () => number,
  ) {}

  /**
   * @param target the server behind the proxy, for example `{ port: postgres.port }`.
   * @param random source of jitter in [0, 1); give a seeded one for repeatable runs.
   */
  static async start(target: { host?: string; port: number }, random: () => number = Math.random): Promise<ToxicProxy> {
    const proxy = new ToxicProxy({ host: target.host ?? loopback, port: target.port }, 0, random);
    await proxy.listen();
    return proxy;
  }

  /** Port to connect to; it stays the same over `refuse` and healing. */
  get port(): number {
    return this.ownPort;
  }

  /** An address of the server with host and port replaced by the proxy's. */
  through(url: string): string {
    const own = new URL(url);
    own.hostname = loopback;
    own.port = String(this.ownPort);
    return own.href;
  }

  current(): Toxics {
    return this.toxics;
  }

  changed(): Promise<void> {
    return this.change.promise;
  }

  /** Sets the faults; those set before are healed unless named again. */
  async poison(toxics: Toxics): Promise<void> {
    this.toxics = toxics;
    this.change.resolve();
    this.change = Promise.withResolvers();
    if (toxics.refuse) await this.stopListening();
    else await this.listen();
    if (toxics.reset) this.cut();
  }

  heal(): Promise<void> {
    return this.poison({});
  }

  /** Resets all connections of this moment. */
  cut(): void {
    for (const { client, server } of this.connections) {
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  async close(): Promise<void> {
    this.cut();
    await this.poison({ refuse: true });
    this.cut();
  }

  private listen(): Promise<void> {
    if (this.listener) return Promise.resolve();
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.accept(client));
    this.listener = listener;
    return new Promise((resolve, reject) => {
      listener.once('error', reject);
      listener.listen({ port: this.ownPort, host: loopback }, () => {
        const address = listener.address();
        this.ownPort = typeof address === 'object' && address ? address.port : 0;
        resolve();
      });
    });
  }

  /** Open connections go on: closing a listener only ends its listening. */
  private async stopListening(): Promise<void> {
    this.listener?.close();
    this.listener = undefined;
    // The kernel stops taking connections in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
  }

  private accept(client: Socket): void {
    this.accepted += 1;
    if (this.toxics.reset) return void client.resetAndDestroy();
    const server = connect({ ...this.target, allowHalfOpen: true, noDelay: true });
    const pair = { client, server };
    const cut = (): void => {
      client.resetAndDestroy();
      server.resetAndDestroy();
    };
    this.connections.add(pair);
    for (const socket of [client, server]) {
      socket.on('error', cut);
      socket.on('close', () => this.connections.delete(pair));
    }
    new Pump(client, server, 'toServer', this, cut);
    new Pump(server, client, 'toClient', this, cut);
  }
}
