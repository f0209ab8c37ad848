import { z } from 'zod';
import { AccountSlug, Id, Timestamp } from '../primitives.js';
import { RouteModel } from './route.js';

/** Counted predictions of one revision at one router: (routerId, epoch, service, revision). */
export const CaptureStreamKey = z.object({ routerId: z.string(), epoch: z.string(), serviceId: Id, revisionId: Id });

export const CapturedBody = z.object({
  contentType: z.string().nullable(),
  /** `utf8`: `text` is the body; `base64`: it is not valid UTF-8. */
  encoding: z.enum(['utf8', 'base64']),
  text: z.string(),
  /** Bytes of the whole body. */
  bytes: z.int().nonnegative(),
  truncated: z.boolean(),
});

/** One captured prediction, as it leaves a router's spool. */
export const PredictionRecord = CaptureStreamKey.extend({
  kind: z.literal('prediction'),
  /** Rises by 1 with each counted prediction of the stream; reserved in persisted blocks of 256. */
  seq: z.int().positive(),
  account: AccountSlug,
  environment: z.string(),
  serviceName: z.string(),
  revision: z.int().positive(),
  models: z.array(RouteModel),
  requestId: z.string(),
  clientRequestId: z.string().nullable(),
  keyId: z.string(),
  time: Timestamp,
  latencyMs: z.number().nonnegative(),
  status: z.int(),
  request: CapturedBody,
  response: CapturedBody,
  headers: z.record(z.string(), z.string()),
});
export type PredictionRecord = z.infer<typeof PredictionRecord>;

/** `served = captured + sampledOut + notCollected + shed`, cumulative for the stream. */
export const CaptureCounters = z.object({
  served: z.int().nonnegative(),
  captured: z.int().nonnegative(),
  sampledOut: z.int().nonnegative(),
  notCollected: z.int().nonnegative(),
  /** Would have been captured, but the spool was full or broken. */
  shed: z.int().nonnegative(),
});
export type CaptureCounters = z.infer<typeof CaptureCounters>;

/** The sums of one stream as of `lastSeq`; written at least every second while they change and when a router stops. */
export const WatermarkRecord = CaptureStreamKey.extend({
  kind: z.literal('watermark'),
  account: AccountSlug,
  environment: z.string(),
  serviceName: z.string(),
  revision: z.int().positive(),
  /** Highest seq counted; every prediction up to it is in the sums. */
  lastSeq: z.int().nonnegative(),
  /** End of the block of seqs that was reserved; after a kill what lies between is unknown. */
  reservedSeq: z.int().nonnegative(),
  time: Timestamp,
  /** True for the last one of an orderly stop. */
  final: z.boolean(),
  counters: CaptureCounters,
});
export type WatermarkRecord = z.infer<typeof WatermarkRecord>;

/** Rows that a script handed to its data collector. */
export const CollectedRecord = z.object({
  kind: z.literal('collected'),
  account: AccountSlug,
  environment: z.string(),
  serviceId: Id,
  serviceName: z.string(),
  revisionId: Id,
  replica: Id,
  /** A start of the replica's process. */
  epoch: z.string(),
  /** Rises by 1 with each collected record of the epoch. */
  seq: z.int().positive(),
  time: Timestamp,
  requestId: z.string().nullable(),
  correlationId: z.string().nullable(),
  model: z.object({ id: z.string(), name: z.string(), version: z.string() }),
  identifier: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.unknown())),
});
export type CollectedRecord = z.infer<typeof CollectedRecord>;

export const CaptureLogRecord = z.discriminatedUnion('kind', [PredictionRecord, WatermarkRecord, CollectedRecord]);
export type CaptureLogRecord = z.infer<typeof CaptureLogRecord>;

/** Purposes of the capture log: a Kafka topic, or a subject `cap.<purpose>.<serviceId>`, each. */
export const capturePurposes = ['predictions', 'collected'] as const;
export type CapturePurpose = (typeof capturePurposes)[number];
export const captureSubject = (purpose: CapturePurpose, serviceId: string): string => `cap.${purpose}.${serviceId}`;
