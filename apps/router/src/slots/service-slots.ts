import type { RouteRecord, RouteRevision } from '#slipway/contracts';
import { Endpoint, endpointKey, type SlotEnd } from './endpoint.js';
import type { Ending, Lifetime, Timing } from './lifetime.js';

/** A place at a replica; whoever has it gives it back once. */
export interface Slot {
  readonly endpoint: Endpoint;
  readonly revision: RouteRevision;
  release(end: SlotEnd): void;
}

/** `full`: the queue took no more. `removed`: the service went away while the request waited. */
export type NoSlot = 'full' | 'removed' | Ending;

interface Waiter {
  /** The revision that the weights chose for it. */
  revisionId: string;
  readonly arrival: number;
  readonly again: boolean;
  settle(result: Slot | NoSlot): void;
}

interface Pool {
  revision: RouteRevision;
  endpoints: Endpoint[];
  queue: Set<Waiter>;
}

/** Slots and queues of one service: an exact limit for each replica, a bounded queue for each revision. */
export class ServiceSlots {
  private readonly pools = new Map<string, Pool>();
  private readonly endpoints = new Map<string, Endpoint>();
  private maxConcurrent = 1;
  private maxQueued = 0;
  private arrivals = 0;
  private wakeAt = Infinity;
  private stopWaking: () => void = () => undefined;

  constructor(
    private readonly timing: Timing,
    private readonly random: () => number = Math.random,
    /** Told of each replica that is no longer routed to and has finished. */
    private readonly onRetired: (endpoint: Endpoint) => void = () => undefined,
  ) {}

  /** From the return of this call on, no new request goes to a replica that the record does not name. */
  apply(record: RouteRecord): void {
    this.maxConcurrent = record.limits.maxConcurrent;
    this.maxQueued = record.limits.maxQueued;
    const waiting = [...this.pools.values()].flatMap((pool) => [...pool.queue]).sort((a, b) => a.arrival - b.arrival);
    this.pools.clear();
    for (const endpoint of this.endpoints.values()) endpoint.current = false;
    const revisions = record.deleted ? [] : record.revisions;
    for (const revision of revisions) {
      this.pools.set(revision.id, { revision, endpoints: this.resolve(revision), queue: new Set() });
    }
    for (const endpoint of this.endpoints.values()) this.retireIfDone(endpoint);
    for (const waiter of waiting) this.place(waiter);
    this.pumpAll();
  }

  /** A slot at once, or the wait for one; `again` is for a request that a replica did not take, which is never refused as full. */
  acquire(life: Lifetime, again = false): Slot | NoSlot | Promise<Slot | NoSlot> {
    if (life.ending) return life.ending;
    const pool = this.choose();
    if (!pool) return 'removed';
    const now = this.timing.now();
    if (pool.queue.size === 0) {
      const slot = this.take(pool, now);
      if (slot) return slot;
    }
    if (!again && pool.queue.size >= this.maxQueued * Math.max(1, pool.endpoints.length)) return 'full';
    return new Promise((resolve) => this.enqueue(pool, life, again, now, resolve));
  }

  /** A replica for a request that takes no slot (health, Swagger), or undefined when there is none. */
  side(): Endpoint | undefined {
    const now = this.timing.now();
    const known = [...this.pools.values()].flatMap((pool) => pool.endpoints);
    const good = known.filter((endpoint) => !endpoint.isPaused(now));
    const from = good.length > 0 ? good : known;
    const endpoint = from[Math.floor(this.random() * from.length)];
    if (endpoint) endpoint.side += 1;
    return endpoint;
  }

  sideDone(endpoint: Endpoint): void {
    endpoint.side -= 1;
    this.retireIfDone(endpoint);
  }

  get sideBusy(): number {
    return sum(this.endpoints.values(), (endpoint) => endpoint.side);
  }
  get busy(): number {
    return sum(this.endpoints.values(), (endpoint) => endpoint.busy);
  }
  get queued(): number {
    return sum(this.pools.values(), (pool) => pool.queue.size);
  }
  /** Replicas that are routed to. */
  get replicas(): number {
    return sum(this.pools.values(), (pool) => pool.endpoints.length);
  }
  busyReplicas(): string[] {
    return [...new Set([...this.endpoints.values()].filter((endpoint) => !endpoint.idle).map((endpoint) => endpoint.replica))];
  }

  private resolve(revision: RouteRevision): Endpoint[] {
    return revision.endpoints.map((wanted) => {
      const key = endpointKey(wanted);
      const endpoint = this.endpoints.get(key) ?? new Endpoint(wanted);
      endpoint.current = true;
      this.endpoints.set(key, endpoint);
      return endpoint;
    });
  }

  /** By weight among the revisions that have replicas; among all when none has (they are being woken). */
  private choose(): Pool | undefined {
    const weighted = [...this.pools.values()].filter((pool) => pool.revision.weight > 0);
    const alive = weighted.filter((pool) => pool.endpoints.length > 0);
    const from = alive.length > 0 ? alive : weighted.length > 0 ? weighted : [...this.pools.values()];
    if (from.length < 2) return from[0];
    let ticket = this.random() * sum(from, (pool) => pool.revision.weight);
    return from.find((pool) => (ticket -= pool.revision.weight) < 0) ?? from.at(-1);
  }

  private take(pool: Pool, now: number): Slot | undefined {
    let best: Endpoint | undefined;
    let ties = 0;
    for (const endpoint of pool.endpoints) {
      if (endpoint.busy >= this.maxConcurrent || endpoint.isPaused(now)) continue;
      if (!best || endpoint.busy < best.busy) {
        best = endpoint;
        ties = 1;
      } else if (endpoint.busy === best.busy && this.random() * ++ties < 1) best = endpoint;
    }
    return best && this.occupy(best, pool.revision);
  }

  private occupy(endpoint: Endpoint, revision: RouteRevision): Slot {
    endpoint.busy += 1;
    let taken = true;
    return {
      endpoint,
      revision,
      release: (end) => {
        if (!taken) return;
        taken = false;
        const now = this.timing.now();
        endpoint.busy -= 1;
        endpoint.note(end, now, this.mayEject(endpoint, now));
        this.retireIfDone(endpoint);
        for (const pool of this.pools.values()) if (pool.endpoints.includes(endpoint)) this.pump(pool, now);
      },
    };
  }

  /** Never more than half of a revision's replicas. */
  private mayEject(endpoint: Endpoint, now: number): boolean {
    const peers = [...this.pools.values()].find((pool) => pool.endpoints.includes(endpoint))?.endpoints ?? [];
    const ejected = peers.filter((peer) => peer !== endpoint && peer.isPaused(now)).length;
    return (ejected + 1) * 2 <= peers.length;
  }

  private enqueue(pool: Pool, life: Lifetime, again: boolean, now: number, resolve: (result: Slot | NoSlot) => void): void {
    const waiter: Waiter = {
      revisionId: pool.revision.id,
      arrival: again ? -1 : this.arrivals++,
      again,
      settle: (result) => {
        life.whenEnded(undefined);
        this.pools.get(waiter.revisionId)?.queue.delete(waiter);
        resolve(result);
      },
    };
    this.insert(pool, waiter);
    life.whenEnded((ending) => waiter.settle(ending));
    this.wakeForPaused(pool, now);
  }

  /** Those that had a slot already go before the others. */
  private insert(pool: Pool, waiter: Waiter): void {
    if (!waiter.again) {
      pool.queue.add(waiter);
      return;
    }
    const rest = [...pool.queue];
    const position = rest.findIndex((other) => !other.again);
    rest.splice(position < 0 ? rest.length : position, 0, waiter);
    pool.queue = new Set(rest);
  }

  /** Puts a waiter into its revision's queue of a new table, or into another one's when that can no longer serve it. */
  private place(waiter: Waiter): void {
    const own = this.pools.get(waiter.revisionId);
    const pool = own && own.revision.weight > 0 && own.endpoints.length > 0 ? own : this.choose();
    if (!pool) {
      waiter.settle('removed');
      return;
    }
    waiter.revisionId = pool.revision.id;
    pool.queue.add(waiter);
  }

  private pumpAll(): void {
    const now = this.timing.now();
    for (const pool of this.pools.values()) this.pump(pool, now);
  }

  private pump(pool: Pool, now: number): void {
    for (const waiter of pool.queue) {
      const slot = this.take(pool, now);
      if (!slot) break;
      waiter.settle(slot);
    }
    if (pool.queue.size > 0) this.wakeForPaused(pool, now);
  }

  /**
   * A paused replica frees nothing by itself: look again when its pause is over. `now` is the moment at which it was found
   * paused: a later look at the clock could find it free, and nobody would ever come back for those who wait.
   */
  private wakeForPaused(pool: Pool, now: number): void {
    let next = Infinity;
    for (const endpoint of pool.endpoints) if (endpoint.isPaused(now)) next = Math.min(next, endpoint.pausedUntil);
    if (next >= this.wakeAt) return;
    this.stopWaking();
    this.wakeAt = next;
    this.stopWaking = this.timing.after(Math.ceil(next - now), () => {
      this.wakeAt = Infinity;
      this.pumpAll();
    });
  }

  private retireIfDone(endpoint: Endpoint): void {
    if (endpoint.current || !endpoint.idle) return;
    this.endpoints.delete(endpoint.key);
    this.onRetired(endpoint);
  }
}

function sum<T>(items: Iterable<T>, pick: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += pick(item);
  return total;
}
