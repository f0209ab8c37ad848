import { serviceEnv } from '#slipway/platform';
import { z } from 'zod';

export const telemetryEnv = serviceEnv.extend({
  /** Where the users' files go: `file:<folder>`; default `file:$SLIPWAY_HOME/telemetry`. */
  SLIPWAY_TELEMETRY_STORAGE: z
    .string()
    .regex(/^file:.+$/, 'expected file:<folder>')
    .optional(),
  /** A part is closed at this many rows, */
  SLIPWAY_TELEMETRY_PART_ROWS: z.coerce.number().int().positive().default(50_000),
  /** or at this many bytes. */
  SLIPWAY_TELEMETRY_PART_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(32 * 2 ** 20),
});
export type TelemetryEnv = z.output<typeof telemetryEnv>;
