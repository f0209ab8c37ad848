import type { RouteEndpoint } from '#slipway/contracts';

/** How a request at a replica ended, as far as the replica's health is concerned. */
export type SlotEnd = 'answered' | 'abandoned' | 'unreachable' | 'unprocessed' | 'silent';

/** Refused connections are tried again after 100 ms, then later and later. */
const reconnectFirstMs = 100;
const reconnectLastMs = 2_000;
/** A replica that says that it did not take a request gets the next one after this. */
const unprocessedPauseMs = 50;
/** So many deadlines in a row without a byte of an answer eject a replica for a while. */
const silentLimit = 3;
const silentPauseMs = 5_000;

/** One replica as this router sees it. */
export class Endpoint {
  readonly key: string;
  readonly replica: string;
  readonly host: string;
  readonly port: number;
  /** Predictions in flight. */
  busy = 0;
  /** Health and Swagger requests in flight; they take no slot. */
  side = 0;
  /** Named by the newest route; false: it only finishes what it has. */
  current = true;
  /** On the router's monotonic clock; before it the replica gets nothing new. */
  pausedUntil = 0;
  private failures = 0;

  constructor(endpoint: RouteEndpoint) {
    this.key = endpointKey(endpoint);
    this.replica = endpoint.replica;
    this.host = endpoint.host;
    this.port = endpoint.port;
  }

  get idle(): boolean {
    return this.busy === 0 && this.side === 0;
  }

  isPaused(now: number): boolean {
    return this.pausedUntil > now;
  }

  /** `mayEject`: enough other replicas would remain. */
  note(end: SlotEnd, now: number, mayEject: boolean): void {
    if (end === 'answered') {
      this.failures = 0;
      this.pausedUntil = 0;
    } else if (end === 'unreachable') {
      this.failures += 1;
      this.pausedUntil = now + Math.min(reconnectFirstMs * 2 ** (this.failures - 1), reconnectLastMs);
    } else if (end === 'unprocessed') {
      this.pausedUntil = Math.max(this.pausedUntil, now + unprocessedPauseMs);
    } else if (end === 'silent') {
      this.failures += 1;
      if (this.failures >= silentLimit && mayEject) this.pausedUntil = now + silentPauseMs;
    }
  }
}

export const endpointKey = (endpoint: RouteEndpoint): string => `${endpoint.replica}|${endpoint.host}|${endpoint.port}`;
