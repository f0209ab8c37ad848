import { defaultUpstreamLimits, ReplicaConnection, type UpstreamLimits } from './replica-connection.js';
import type { Exchange, Upstream, UpstreamAddress, UpstreamRequest } from './upstream.port.js';

const sweepMs = 5_000;

interface Pool {
  idle: ReplicaConnection[];
  open: Set<ReplicaConnection>;
  forgotten: boolean;
}

/** Keep-alive connections to replicas, a pool each, never shared between them. */
export class RawUpstream implements Upstream {
  private readonly pools = new Map<string, Pool>();
  private readonly sweeper: NodeJS.Timeout;

  constructor(private readonly limits: UpstreamLimits = defaultUpstreamLimits) {
    this.sweeper = setInterval(() => this.sweep(), sweepMs).unref();
  }

  send(to: UpstreamAddress, request: UpstreamRequest): Exchange {
    const pool = this.poolOf(to);
    return (pool.idle.pop() ?? this.open(to, pool)).send(request);
  }

  forget(address: UpstreamAddress): void {
    const pool = this.pools.get(address.key);
    if (!pool) return;
    pool.forgotten = true;
    this.pools.delete(address.key);
    for (const connection of [...pool.idle]) connection.close();
  }

  close(): void {
    clearInterval(this.sweeper);
    for (const pool of this.pools.values()) for (const connection of [...pool.open]) connection.close();
    this.pools.clear();
  }

  private poolOf(address: UpstreamAddress): Pool {
    let pool = this.pools.get(address.key);
    if (!pool) this.pools.set(address.key, (pool = { idle: [], open: new Set(), forgotten: false }));
    return pool;
  }

  private open(address: UpstreamAddress, pool: Pool): ReplicaConnection {
    const connection = new ReplicaConnection(
      address,
      this.limits,
      (idle) => (pool.forgotten ? idle.close() : pool.idle.push(idle)),
      (closed) => {
        pool.open.delete(closed);
        const index = pool.idle.indexOf(closed);
        if (index >= 0) pool.idle.splice(index, 1);
      },
    );
    pool.open.add(connection);
    return connection;
  }

  private sweep(): void {
    const oldest = performance.now() - this.limits.idleMs;
    for (const pool of this.pools.values()) {
      for (const connection of [...pool.idle]) if (connection.idleSince < oldest) connection.close();
    }
  }
}
