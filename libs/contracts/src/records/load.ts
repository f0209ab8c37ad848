import { z } from 'zod';
import { Id } from '../primitives.js';

/** Published every 250 ms on core NATS, subject `load.<environment>.<routerId>`. */
export const LoadSample = z.object({
  routerId: z.string(),
  /** A router start; counters begin at 0 with it. */
  epoch: z.string(),
  environment: z.string(),
  services: z.array(
    z.object({
      id: Id,
      appliedVersion: z.int().positive(),
      /** Requests being answered by replicas now. */
      busy: z.int().nonnegative(),
      /** Requests waiting for a slot now. */
      queued: z.int().nonnegative(),
      /** Cumulative since the epoch. */
      revisions: z.array(z.object({ id: Id, requests: z.int().nonnegative(), errors: z.int().nonnegative() })),
      /** Refused with 503 since the epoch: queue full or no replica in time. */
      refused: z.int().nonnegative(),
      /** Replicas that have requests of this router in flight; one that is absent may be stopped. */
      busyReplicas: z.array(Id),
    }),
  ),
});
export type LoadSample = z.infer<typeof LoadSample>;

export const loadSubject = (environment: string, routerId: string): string => `load.${environment}.${routerId}`;
