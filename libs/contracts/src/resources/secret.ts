import { z } from 'zod';
import { Timestamp } from '../primitives.js';
import { SecretName } from './service.js';

/** Most characters of a value; a variable or a file of a replica. */
const maxValue = 65_536;

export const SecretSetting = z.strictObject({
  name: SecretName,
  value: z.string().max(maxValue),
  /** Rolls the services that use it now; otherwise they get the value with their next update. */
  roll: z.boolean().default(false),
});

/** A secret of an account; its value is never shown again. */
export const Secret = z.object({ name: SecretName, createdAt: Timestamp, updatedAt: Timestamp });
export type Secret = z.infer<typeof Secret>;
