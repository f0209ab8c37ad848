import { z } from 'zod';
import type { DataOf, EventDefinition } from './define.js';
import { Timestamp } from './primitives.js';

/** CloudEvents 1.0, structured JSON. `id` is also the `Nats-Msg-Id`; `sequence` is the aggregate's row version. */
export const EventEnvelope = z.object({
  specversion: z.literal('1.0'),
  id: z.uuid(),
  type: z.string(),
  source: z.string(),
  subject: z.string(),
  time: Timestamp,
  datacontenttype: z.literal('application/json'),
  correlationid: z.string(),
  causationid: z.string().optional(),
  actor: z.string(),
  sequence: z.int().nonnegative(),
  data: z.unknown(),
});
export type EventEnvelope = z.infer<typeof EventEnvelope>;
export type EventOf<E extends EventDefinition> = Omit<EventEnvelope, 'data'> & { data: DataOf<E> };

/** The account of an event: the second segment of `/accounts/<account>/<service>`. */
export function accountOf(event: Pick<EventEnvelope, 'source'>): string {
  return event.source.split('/')[2] ?? '';
}
