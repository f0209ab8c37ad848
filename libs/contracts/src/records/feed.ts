import { z } from 'zod';
import { AccountSlug } from '../primitives.js';
import { EventEnvelope } from '../event.js';

/** One entry of the feed; `position` only rises and is the SSE event id. */
export const FeedEntry = z.object({ position: z.int().positive(), account: AccountSlug, event: EventEnvelope });
export type FeedEntry = z.infer<typeof FeedEntry>;
