import { z } from 'zod';
import { defineCommand } from '../define.js';
import { Timestamp } from '../primitives.js';
import { CaptureCounters } from '../records/capture.js';

export const ServiceAccounting = z.object({
  serviceId: z.uuid(),
  /** Sums over all routers, epochs and revisions. */
  total: CaptureCounters.extend({
    unknown: z.int().nonnegative(),
    stored: z.int().nonnegative(),
    duplicates: z.int().nonnegative(),
  }),
  revisions: z.array(
    CaptureCounters.extend({
      revisionId: z.uuid(),
      revision: z.int().positive(),
      unknown: z.int().nonnegative(),
      stored: z.int().nonnegative(),
    }),
  ),
  /** Rows handed over by the script's own data collectors. */
  collected: z.object({ stored: z.int().nonnegative(), dropped: z.int().nonnegative() }),
  lastRecordAt: Timestamp.nullable(),
  /** Folder of the service's files, or null when nothing was written yet. */
  folder: z.string().nullable(),
});
export type ServiceAccounting = z.infer<typeof ServiceAccounting>;

/** What became of every counted prediction of a service. */
export const GetServiceAccounting = defineCommand({
  subject: 'cmd.telemetry.get-accounting.v1',
  request: z.object({ serviceId: z.uuid() }),
  response: ServiceAccounting,
  callers: ['gateway'],
});
