import type { Lost } from '../captures/spool.port.js';
import type { SpoolLimits } from './segments.js';
import type { SpoolItem } from './spool-writer.js';

/** What the worker needs to begin. */
export interface SpoolSettings {
  folder: string;
  replicasFolder: string;
  epoch: string;
  limits: SpoolLimits;
  natsUrl: string;
  natsCreds: string | undefined;
  logLevel: string;
  failpoints: string;
}

export type ToSpool =
  | { kind: 'start'; settings: SpoolSettings }
  | { kind: 'write'; batch: number; items: SpoolItem[] }
  | { kind: 'flush'; id: number }
  | { kind: 'stop' };

export interface SpoolState {
  /** Bytes in all segments. */
  bytes: number;
  shippedRecords: number;
  shippedCollected: number;
  /** The capture log does not take anything at the moment. */
  failing: boolean;
}

export type FromSpool =
  | { kind: 'ready' }
  | { kind: 'written'; batch: number; lost: Lost[]; state: SpoolState }
  | { kind: 'flushed'; id: number; ok: boolean }
  | { kind: 'state'; state: SpoolState };
