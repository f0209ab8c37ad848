import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { DomainError, type Log } from '#slipway/platform';
import { ClientGone, type Edge, type EdgeAnswer, type EdgeHandler, type EdgeRequest } from './edge.port.js';

export interface EdgeLimits {
  /** How often the limits below are looked at. */
  sweepMs: number;
  /** From the first byte of a request to the end of its head. */
  headMs: number;
  /** From the first byte of a request to the end of its body. */
  requestMs: number;
  /** Above what balancers keep a connection for, so that they close first. */
  keepAliveMs: number;
  headBytes: number;
  connections: number;
  /** A client that takes nothing of its answer for so long is cut off. */
  writeStallMs: number;
  /** Bytes of bodies and answers in memory; beyond it a request is refused. */
  bufferedBytes: number;
}

export const defaultEdgeLimits: EdgeLimits = {
  sweepMs: 1_000,
  headMs: 10_000,
  requestMs: 60_000,
  keepAliveMs: 65_000,
  headBytes: 32 * 1024,
  connections: 10_000,
  writeStallMs: 30_000,
  bufferedBytes: 512 * 1024 * 1024,
};

const oneWriteBytes = 32 * 1024;
/** After a refusal the rest of a body is read, so that the client sees the answer and no reset; but not without end. */
const discardBytes = 32 * 1024 * 1024;
const discardMs = 5_000;

/** The public listener on Node's own HTTP server, in its strict mode. */
export class NodeHttpEdge implements Edge {
  private readonly server: Server;
  private draining = false;
  private readonly memory = { used: 0 };
  /** Requests of a connection that are not answered yet. */
  private readonly open = new WeakMap<Duplex, Set<ServerResponse>>();

  constructor(
    private readonly address: { host: string; port: number },
    private readonly handler: EdgeHandler,
    private readonly log: Log,
    private readonly limits: EdgeLimits = defaultEdgeLimits,
  ) {
    this.server = createServer({
      connectionsCheckingInterval: limits.sweepMs,
      headersTimeout: limits.headMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      maxHeaderSize: limits.headBytes,
      requireHostHeader: true,
      insecureHTTPParser: false,
      noDelay: true,
    });
    // Node's own limit drops headers silently; the reader of the headers refuses instead.
    this.server.maxHeadersCount = 0;
    this.server.maxConnections = limits.connections;
    this.server
      .on('request', (request, response) => this.onRequest(request, response, false))
      .on('checkContinue', (request, response) => this.onRequest(request, response, true))
      .on('checkExpectation', (request: IncomingMessage) => refuseRaw(request.socket, 417))
      .on('connect', (_request, socket) => refuseRaw(socket, 405))
      .on('clientError', (error: NodeJS.ErrnoException, socket) => this.onClientError(error, socket));
  }

  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ ...this.address, backlog: 1_024 }, () => {
        this.server.removeListener('error', reject);
        this.server.on('error', (error) => this.log.error('the public listener failed', {}, error));
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  beginDrain(): void {
    this.draining = true;
  }

  async close(limitMs: number): Promise<void> {
    this.draining = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    const timer = setTimeout(() => this.server.closeAllConnections(), limitMs);
    await closed;
    clearTimeout(timer);
  }

  private onRequest(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    const { socket } = request;
    const open = this.open.get(socket) ?? new Set();
    this.open.set(socket, open.add(response));
    response.once('close', () => open.delete(response));
    this.handler(new NodeHttpRequest(request, response, this.limits, this.memory, expectsContinue, () => this.draining));
  }

  private onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
    const [first, ...others] = this.open.get(socket) ?? [];
    // Our words would be taken for the answer to an earlier request, unless the error is in that one's body.
    const misplaced = first !== undefined && (others.length > 0 || first.req.complete || first.headersSent);
    if (error.code === 'ECONNRESET' || !socket.writable || misplaced) socket.destroy();
    else if (error.code === 'HPE_HEADER_OVERFLOW') refuseRaw(socket, 431);
    else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') refuseRaw(socket, 408);
    else refuseRaw(socket, 400);
  }
}

class NodeHttpRequest implements EdgeRequest {
  private gone = false;
  private held = 0;
  private onGone: (() => void) | undefined;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly limits: EdgeLimits,
    private readonly memory: { used: number },
    private readonly expectsContinue: boolean,
    private readonly closing: () => boolean,
  ) {
    response.once('close', () => {
      memory.used -= this.held;
      this.held = 0;
      if (response.writableFinished) return;
      this.gone = true;
      this.onGone?.();
    });
  }

  get method(): string {
    return this.request.method ?? '';
  }
  get target(): string {
    return this.request.url ?? '';
  }
  get headers(): readonly string[] {
    return this.request.rawHeaders;
  }

  whenGone(listener: () => void): void {
    if (this.gone) listener();
    else this.onGone = listener;
  }

  body(limit: number): Promise<Buffer> {
    const { request } = this;
    const announced = request.headers['content-length'];
    if (announced === undefined && request.headers['transfer-encoding'] === undefined) return Promise.resolve(Buffer.alloc(0));
    if (Number(announced) > limit) return Promise.reject(tooLarge(limit));
    if (this.expectsContinue) this.response.writeContinue();
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const fail = (error: Error): void => {
        request.removeListener('data', onData);
        this.onGone = undefined;
        reject(error);
      };
      const onData = (chunk: Buffer): void => {
        bytes += chunk.length;
        if (bytes > limit) fail(tooLarge(limit));
        else if (!this.hold(chunk.length))
          fail(new DomainError('service_unavailable', 'the router holds too many large requests; try again later'));
        else chunks.push(chunk);
      };
      request.on('data', onData);
      request.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes)));
      this.whenGone(() => fail(new ClientGone()));
    });
  }

  answer({ status, headers, body }: EdgeAnswer): void {
    const { response, request } = this;
    if (this.gone || response.headersSent) return;
    this.hold(body.length);
    headers.push('Content-Length', String(body.length));
    if (this.closing()) headers.push('Connection', 'close');
    if (!request.complete) this.discardRest();
    response.writeHead(status, headers);
    if (this.method === 'HEAD') response.end();
    // A string goes out with the head in one write; latin1 keeps every byte.
    else if (body.length <= oneWriteBytes) response.end(body.toString('latin1'), 'latin1');
    else response.end(body);
    // A reader that stops would hold its answer in memory for ever; one that is only slow makes the time begin again.
    response.setTimeout(this.limits.writeStallMs, () => request.socket.destroy());
  }

  private hold(bytes: number): boolean {
    this.memory.used += bytes;
    this.held += bytes;
    return this.memory.used <= this.limits.bufferedBytes;
  }

  private discardRest(): void {
    const { request } = this;
    const { socket } = request;
    let left = discardBytes;
    const timer = setTimeout(() => socket.destroy(), discardMs);
    request.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) socket.destroy();
    });
    request.once('close', () => clearTimeout(timer));
  }
}

const tooLarge = (limit: number): DomainError =>
  new DomainError('payload_too_large', `the body is larger than the ${limit} bytes that this service takes`);

const rawTexts: Readonly<Record<number, [code: string, message: string]>> = {
  400: ['bad_request', 'the request is not valid HTTP/1.1'],
  405: ['method_not_allowed', 'CONNECT is not allowed here'],
  417: ['bad_request', "only 'Expect: 100-continue' is understood"],
  408: ['bad_request', 'the request did not arrive in time'],
  431: ['bad_request', 'the headers of the request are too large'],
};

/** For what never became a request. */
function refuseRaw(socket: Duplex, status: number): void {
  const [code, message] = rawTexts[status]!;
  const body = JSON.stringify({ code, message, statusCode: status, details: [], requestId: '' });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
