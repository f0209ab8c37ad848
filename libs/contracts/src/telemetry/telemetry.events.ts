import { z } from 'zod';
import { defineEvent } from '../define.js';
import { Id } from '../primitives.js';

/** Parts were closed and will not change again. */
export const CaptureSealed = defineEvent({
  type: 'io.slipway.CaptureSealed.v1',
  producer: 'telemetry',
  data: z.object({ serviceId: Id, identifier: z.string(), path: z.string(), rows: z.int().nonnegative() }),
});

/** Predictions were served whose fate is unknown, because a router was killed. */
export const CaptureLossObserved = defineEvent({
  type: 'io.slipway.CaptureLossObserved.v1',
  producer: 'telemetry',
  data: z.object({
    serviceId: Id,
    revisionId: Id,
    routerId: z.string(),
    epoch: z.string(),
    atMost: z.int().positive(),
    afterSeq: z.int().nonnegative(),
  }),
});
