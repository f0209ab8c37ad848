import type { WatermarkRecord } from '#slipway/contracts';
import type { StreamFacts } from './capture-stream.js';

export interface BodyFacts {
  contentType: string | null;
  /** Bytes of the whole body. */
  bytes: number;
  /** Bytes of it in the payload. */
  kept: number;
}

/** A captured prediction on its way to the spool. */
export interface SpooledPrediction {
  /** Number of its stream. */
  stream: number;
  seq: number;
  requestId: string;
  clientRequestId: string | null;
  keyId: string;
  time: string;
  latencyMs: number;
  status: number;
  headers: Record<string, string>;
  request: BodyFacts;
  response: BodyFacts;
  /** The kept bytes of the request, then of the response, in memory of their own. */
  payload: Uint8Array<ArrayBuffer>;
}

/** A stream of which something could not be kept: predictions that were taken, or (0) only its watermark. */
export interface Lost {
  stream: number;
  predictions: number;
}

/** Bounded store of records on the router's disk; taking one never waits. */
export interface Spool {
  /** Makes a stream known before its first prediction. */
  introduce(stream: number, facts: StreamFacts): void;
  /** False when there is no room. */
  offer(prediction: SpooledPrediction): boolean;
  mark(stream: number, watermark: WatermarkRecord): void;
  /** True when everything given so far is on disk, false when something could not be written. */
  flush(): Promise<boolean>;
  whenLost(listener: (lost: Lost) => void): void;
}
