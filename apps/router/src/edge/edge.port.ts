/** What leaves the router for one request. */
export interface EdgeAnswer {
  status: number;
  /** Names and values in turn, without Content-Length and Connection. */
  headers: string[];
  body: Buffer;
}

/** One request as it came over the wire, parsed strictly; the body is read on demand. */
export interface EdgeRequest {
  readonly method: string;
  /** The request target, not decoded. */
  readonly target: string;
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
  /**
   * The whole body.
   * @throws DomainError `payload_too_large` beyond `limit` bytes; {@link ClientGone} when the client leaves before its end.
   */
  body(limit: number): Promise<Buffer>;
  /** Called once when the client goes away before it has the answer. */
  whenGone(listener: () => void): void;
  /** Sends the answer; nothing happens when the client has gone. */
  answer(answer: EdgeAnswer): void;
}

export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/** Takes requests from the network. */
export interface Edge {
  /** Starts listening and gives the port. */
  listen(): Promise<number>;
  /** From now on each answer ends its connection. */
  beginDrain(): void;
  /** Stops listening, lets requests in flight finish for at most `limitMs`, then closes what is left. */
  close(limitMs: number): Promise<void>;
}

export type EdgeHandler = (request: EdgeRequest) => void;
