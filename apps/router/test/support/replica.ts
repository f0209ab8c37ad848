import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What the body of a scoring request asks the replica to do. */
export interface Ask {
  /** Milliseconds before the answer. */
  sleep?: number;
  status?: number;
  headers?: Record<string, string>;
  /** Answers with so many bytes. */
  bytes?: number;
  /** Closes instead of answering. */
  drop?: boolean;
  /** Echoes another id. */
  wrongId?: boolean;
  /** Says so many times that it took nothing. */
  unprocessed?: number;
  tag?: string;
}

/**
 * A stand-in for the Python runtime at the router's end of the contract. Strict: whatever the router must never send, or send
 * at the same time, is kept as a fault that the test asserts on.
 */
export class FakeReplica {
  readonly faults: string[] = [];
  /** Requests to /score that it began to answer, and finished. */
  begun = 0;
  finished = 0;
  aborted = 0;
  running = 0;
  highest = 0;
  lastHeaders: IncomingMessage['headers'] = {};
  lastUrl = '';
  private readonly refusals = new Map<string, number>();
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private constructor(
    private readonly maxConcurrent: number,
    readonly name: string,
  ) {
    this.server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => void this.onRequest(request, response));
    // As the runtime: what runs cannot be undone, and the close after it says that the place is free.
    (this.server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  static async start(options: { maxConcurrent?: number; name?: string; port?: number } = {}): Promise<FakeReplica> {
    const replica = new FakeReplica(options.maxConcurrent ?? 1, options.name ?? 'replica');
    await new Promise<void>((resolve) => replica.server.listen(options.port ?? 0, '127.0.0.1', resolve));
    return replica;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }
  get connections(): number {
    return this.sockets.size;
  }

  /** Ends as by kill -9: every connection is reset, the port is free. */
  kill(): void {
    this.server.close();
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  private async onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.lastHeaders = request.headers;
    this.lastUrl = request.url ?? '';
    this.checkHeaders(request);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const id = String(request.headers['x-ms-request-id']);
    response.setHeader('X-Ms-Request-Id', id);
    response.setHeader('Server', 'fake');
    const [path] = this.lastUrl.split('?');
    if (path === '/') response.end('Healthy');
    else if (path === '/swagger.json') response.setHeader('Content-Type', 'application/json').end('{"swagger":"2.0"}');
    else if (path === '/score') await this.score(request, response, Buffer.concat(chunks), id);
    else response.writeHead(404).end();
  }

  private checkHeaders(request: IncomingMessage): void {
    const names = request.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    const fault = (text: string): void => void this.faults.push(`${request.method} ${request.url}: ${text}`);
    if (!/^[0-9a-f-]{36}$/.test(String(request.headers['x-ms-request-id']))) fault('no request id');
    for (const name of [
      'authorization',
      'cookie',
      'x-forwarded-for',
      'forwarded',
      'expect',
      'transfer-encoding',
      'connection',
      'te',
    ]) {
      if (names.includes(name)) fault(`has ${name}`);
    }
    if (
      new Set(names.filter((name) => name === 'host' || name === 'content-length' || name === 'x-ms-request-id')).size !==
      names.filter((name) => name === 'host' || name === 'content-length' || name === 'x-ms-request-id').length
    ) {
      fault('has a header twice');
    }
    if (request.url?.startsWith('/score') && !/^[1-9]\d*$/.test(String(request.headers['x-slipway-timeout-ms'])))
      fault('no time limit');
  }

  private async score(request: IncomingMessage, response: ServerResponse, body: Buffer, id: string): Promise<void> {
    const ask = readAsk(body);
    const refused = this.refusals.get(id) ?? 0;
    if (ask.unprocessed !== undefined && refused < ask.unprocessed) {
      this.refusals.set(id, refused + 1);
      response.writeHead(503, { 'X-Slipway-Unprocessed': '1', 'Retry-After': '1' }).end('{}');
      return;
    }
    this.begun += 1;
    this.running += 1;
    this.highest = Math.max(this.highest, this.running);
    if (this.running > this.maxConcurrent) this.faults.push(`${this.running} requests at once`);
    response.once('close', () => response.writableFinished || (this.aborted += 1));
    if (ask.sleep) await new Promise((resolve) => setTimeout(resolve, ask.sleep));
    this.running -= 1;
    if (ask.drop) {
      request.socket.resetAndDestroy();
      return;
    }
    this.finished += 1;
    if (ask.wrongId) response.setHeader('X-Ms-Request-Id', 'another');
    const answer =
      ask.bytes === undefined ? JSON.stringify({ replica: this.name, tag: ask.tag, echo: body.length }) : 'x'.repeat(ask.bytes);
    response.writeHead(ask.status ?? 200, {
      'Content-Type': 'application/json',
      'x-ms-run-function-failed': 'False',
      ...ask.headers,
    });
    response.end(answer);
  }
}

function readAsk(body: Buffer): Ask {
  try {
    return JSON.parse(body.toString('utf8')) as Ask;
  } catch {
    return {};
  }
}
