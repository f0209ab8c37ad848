import { serviceEnv } from '#slipway/platform';
import { z } from 'zod';

const wholeNumber = z.coerce.number().int().nonnegative();

export const registryEnv = serviceEnv.extend({
  /** Where blobs are kept: `file:<folder>`; default `file:$SLIPWAY_HOME/blobs`. */
  SLIPWAY_BLOBS: z
    .string()
    .regex(/^file:.+$/, 'expected file:<folder>')
    .optional(),
  /** Largest blob that an upload may become, in bytes. */
  SLIPWAY_MAX_BLOB_BYTES: wholeNumber.default(65 * 2 ** 30),
  /** How long an upload may rest before it is dropped, in seconds. */
  SLIPWAY_UPLOAD_GRACE_SECONDS: wholeNumber.default(24 * 3600),
  /** How long a stored blob that no row knows is left alone, in seconds. */
  SLIPWAY_BLOB_GRACE_SECONDS: wholeNumber.default(2 * 3600),
  /** How often leftovers are looked for, in seconds. */
  SLIPWAY_SWEEP_SECONDS: wholeNumber.min(1).default(600),
});
export type RegistryEnv = z.output<typeof registryEnv>;
