/** Sent with each request; an answer that does not echo it belongs to another one. */
export const requestIdHeader = 'x-ms-request-id';

/** One request to a replica, complete in memory. */
export interface UpstreamRequest {
  /** Value of {@link requestIdHeader}. */
  id: string;
  method: 'GET' | 'POST';
  /** Path with query, as the replica shall see it. */
  path: string;
  /** Header lines `Name: value\r\n`, latin1; without Host, Content-Length, Connection and the request id. */
  headers: string;
  body: Buffer;
}

export interface UpstreamAnswer {
  status: number;
  /** Names and values in turn, as they came. */
  headers: readonly string[];
  body: Buffer;
}

export type UpstreamOutcome =
  | { kind: 'answered'; answer: UpstreamAnswer }
  /** Not a byte of the request can have reached the replica: it may go to another one. */
  | { kind: 'unsent'; reason: string }
  /** The replica may have seen the request. */
  | { kind: 'broken'; reason: BrokenReason }
  | { kind: 'abandoned' };

/** `closed`: no or half an answer. `malformed`: not HTTP/1.1. `too_large`: head or body beyond the limits. `wrong_id`: another request's answer. */
export type BrokenReason = 'closed' | 'malformed' | 'too_large' | 'wrong_id';

export interface Exchange {
  /** Never rejects. */
  readonly outcome: Promise<UpstreamOutcome>;
  /** When the replica has nothing more to do for it; never before `outcome`. */
  readonly released: Promise<void>;
  /** Ends the exchange: the replica sees the end of the connection. Ignored once there is an outcome. */
  abandon(): void;
}

export interface UpstreamAddress {
  readonly key: string;
  readonly host: string;
  readonly port: number;
}

/** Speaks to replicas. How many requests one gets at a time is not decided here. */
export interface Upstream {
  send(to: UpstreamAddress, request: UpstreamRequest): Exchange;
  /** The replica gets nothing more; idle connections to it are closed. */
  forget(address: UpstreamAddress): void;
  close(): void;
}
