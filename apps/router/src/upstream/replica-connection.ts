import { connect, type Socket } from 'node:net';
import { ResponseReader } from './response-reader.js';
import {
  type BrokenReason,
  type Exchange,
  requestIdHeader,
  type UpstreamAddress,
  type UpstreamOutcome,
  type UpstreamRequest,
} from './upstream.port.js';

export interface UpstreamLimits {
  connectMs: number;
  /** How long an abandoned request keeps its slot when the replica does not close. */
  lingerMs: number;
  /** Shorter than the replica's own limit for idle connections. */
  idleMs: number;
  responseBytes: number;
}

export const defaultUpstreamLimits: UpstreamLimits = {
  connectMs: 1_000,
  lingerMs: 2_000,
  idleMs: 30_000,
  responseBytes: 64 * 1024 * 1024,
};

const oneWriteBytes = 32 * 1024;

type State = 'connecting' | 'idle' | 'waiting' | 'lingering' | 'closed';

/** One connection to a replica with one request in flight at most. */
export class ReplicaConnection {
  /** `performance.now()` of the last answer. */
  idleSince = 0;
  private state: State = 'connecting';
  private readonly socket: Socket;
  private readonly reader: ResponseReader;
  private current: PendingExchange | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly address: UpstreamAddress,
    private readonly limits: UpstreamLimits,
    private readonly onIdle: (connection: ReplicaConnection) => void,
    private readonly onClosed: (connection: ReplicaConnection) => void,
  ) {
    this.reader = new ResponseReader(limits.responseBytes);
    // Half-open: after an abandoned request the replica's own close says that its place is free.
    this.socket = connect({ host: address.host, port: address.port, noDelay: true, allowHalfOpen: true });
    this.socket
      .on('connect', () => this.onConnect())
      .on('data', (data) => this.onData(data))
      .on('end', () => this.onEnd())
      .on('error', (error: NodeJS.ErrnoException) => this.onGone(error.code ?? 'error'))
      .on('close', () => this.onGone('closed'));
    this.timer = setTimeout(() => this.onGone('connect timeout'), limits.connectMs);
  }

  send(request: UpstreamRequest): Exchange {
    const exchange = new PendingExchange(request, this);
    this.current = exchange;
    this.reader.expect();
    if (this.state === 'idle') this.write(exchange);
    return exchange;
  }

  abandon(exchange: PendingExchange): void {
    if (this.current !== exchange) return;
    if (this.state !== 'waiting') {
      this.finish({ kind: 'abandoned' });
      this.close();
      return;
    }
    exchange.settle({ kind: 'abandoned' });
    this.state = 'lingering';
    this.socket.end();
    this.timer = setTimeout(() => this.close(), this.limits.lingerMs);
  }

  /** Closes at once; a request in flight is broken by it. */
  close(): void {
    this.onGone('closed');
  }

  private onConnect(): void {
    if (this.state !== 'connecting') return;
    clearTimeout(this.timer);
    this.state = 'idle';
    if (this.current) this.write(this.current);
  }

  private write(exchange: PendingExchange): void {
    const { id, method, path, headers, body } = exchange.request;
    this.state = 'waiting';
    const length = method === 'POST' || body.length > 0 ? `Content-Length: ${body.length}\r\n` : '';
    const host = this.address.host.includes(':') ? `[${this.address.host}]` : this.address.host;
    const head = `${method} ${path} HTTP/1.1\r\nHost: ${host}:${this.address.port}\r\nX-Ms-Request-Id: ${id}\r\n${headers}${length}\r\n`;
    // One string is one system call and no vector; latin1 keeps every byte.
    if (body.length <= oneWriteBytes) this.socket.write(head + body.toString('latin1'), 'latin1');
    else {
      this.socket.cork();
      this.socket.write(head, 'latin1');
      this.socket.write(body);
      this.socket.uncork();
    }
  }

  private onData(data: Buffer): void {
    if (this.state === 'lingering') return;
    if (this.state !== 'waiting') {
      // Nobody asked: an answer that would be taken for the next caller's.
      this.close();
      return;
    }
    const wrong = this.reader.read(data);
    if (wrong) this.break(wrong);
    else if (this.reader.complete) this.answered();
  }

  private onEnd(): void {
    if (this.state === 'waiting') {
      const wrong = this.reader.end();
      if (wrong) this.break(wrong);
      else this.answered();
    }
    this.close();
  }

  private answered(): void {
    const answer = this.reader.answer();
    // The echo proves that this answer belongs to this request: without it a replica could plant one for the next caller.
    if (!echoes(answer.headers, this.current!.request.id)) {
      this.break('wrong_id');
      return;
    }
    const reusable = this.reader.keepAlive && this.socket.writableLength === 0 && !this.socket.readableEnded;
    this.finish({ kind: 'answered', answer });
    if (!reusable) {
      this.close();
      return;
    }
    this.state = 'idle';
    this.idleSince = performance.now();
    this.onIdle(this);
  }

  private break(reason: BrokenReason): void {
    this.finish({ kind: 'broken', reason });
    this.close();
  }

  private onGone(reason: string): void {
    if (this.state === 'closed') return;
    const before = this.state;
    this.state = 'closed';
    clearTimeout(this.timer);
    this.socket.destroy();
    this.reader.free();
    this.finish(before === 'connecting' ? { kind: 'unsent', reason } : { kind: 'broken', reason: 'closed' });
    this.onClosed(this);
  }

  private finish(outcome: UpstreamOutcome): void {
    const exchange = this.current;
    this.current = undefined;
    exchange?.settle(outcome);
    exchange?.release();
  }
}

function echoes(headers: readonly string[], id: string): boolean {
  let found = false;
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]!.length !== requestIdHeader.length || headers[index]!.toLowerCase() !== requestIdHeader) continue;
    if (found || headers[index + 1] !== id) return false;
    found = true;
  }
  return found;
}

class PendingExchange implements Exchange {
  readonly outcome: Promise<UpstreamOutcome>;
  readonly released: Promise<void>;
  settle!: (outcome: UpstreamOutcome) => void;
  release!: () => void;

  constructor(
    readonly request: UpstreamRequest,
    private readonly connection: ReplicaConnection,
  ) {
    this.outcome = new Promise((resolve) => (this.settle = resolve));
    this.released = new Promise((resolve) => (this.release = resolve));
  }

  abandon(): void {
    this.connection.abandon(this);
  }
}
