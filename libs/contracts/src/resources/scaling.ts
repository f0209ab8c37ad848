import { z } from 'zod';
import { Id, Timestamp } from '../primitives.js';

const replicas = z.int().nonnegative();

/**
 * What one decision of the autoscaler was made from. `busy` and `queued` are requests, to a hundredth: the mean of the
 * refresh period's load samples, or of the last two samples when more requests came at once than all replicas take.
 */
export const ScalingInputs = z.object({
  /** Replicas that were asked for, those that still start among them. */
  from: replicas,
  busy: z.number().nonnegative(),
  queued: z.number().nonnegative(),
  /** Whether a request was answered or refused in the refresh period; samples alone would miss short ones. */
  active: z.boolean(),
  /** Requests at once on one replica. */
  concurrency: z.int().positive(),
  /** Percent of what the replicas take at once, 1..100. */
  target: z.int().min(1).max(100),
  min: replicas,
  max: replicas,
  /** Most that the environment's quota leaves to the service. */
  room: replicas,
  /** Most that was recommended within the stabilisation window; null while that window has not been seen as a whole. */
  peak: replicas.nullable(),
  /** The stabilisation window, seconds. */
  window: z.int().positive(),
});
export type ScalingInputs = z.infer<typeof ScalingInputs>;

/** Why nothing was decided: the load is not known. */
export const ScalingHold = z.object({
  code: z.enum(['no_router', 'router_silent']),
  /** The router that was not heard. */
  router: z.string().nullable(),
  /** For how long, milliseconds. */
  silentMs: z.number().nonnegative(),
});
export type ScalingHold = z.infer<typeof ScalingHold>;

/** A decision of the autoscaler: kept when replicas or reason change. Either `inputs` or `hold` is given. */
export const ScalingDecision = z.object({
  id: Id,
  serviceId: Id,
  createdAt: Timestamp,
  from: replicas,
  to: replicas,
  kind: z.enum(['up', 'down', 'wake', 'bounds', 'capped', 'held']),
  /** In words, with the numbers by which the result can be found again. */
  reason: z.string(),
  inputs: ScalingInputs.nullable(),
  hold: ScalingHold.nullable(),
});
export type ScalingDecision = z.infer<typeof ScalingDecision>;
