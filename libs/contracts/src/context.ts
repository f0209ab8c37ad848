import { z } from 'zod';
import { AccountSlug } from './primitives.js';

/** Who asks, for which account, until when. Travels in headers of a command, never in its body. */
export const CommandContext = z.object({
  account: AccountSlug,
  /** `token:<id>`, `service:<name>` or `system`. */
  actor: z.string().min(1).max(128),
  roles: z.array(z.string().max(64)).max(16),
  /** One id from the first request to the last log line. */
  correlationId: z.string().min(1).max(128),
  /** Milliseconds since the epoch; a command past it is not started. */
  deadline: z.int().positive(),
  /** Required by every command that changes something. */
  idempotencyKey: z.string().min(1).max(128).optional(),
});
export type CommandContext = z.infer<typeof CommandContext>;

/** Headers that carry {@link CommandContext}. */
export const contextHeaders = {
  account: 'Slipway-Account',
  actor: 'Slipway-Actor',
  roles: 'Slipway-Roles',
  correlationId: 'Slipway-Correlation-Id',
  deadline: 'Slipway-Deadline',
  idempotencyKey: 'Slipway-Idempotency-Key',
} as const;
