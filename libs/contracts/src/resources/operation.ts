import { z } from 'zod';
import { ResourceError } from '../errors.js';
import { AsyncState, Timestamp } from '../primitives.js';

/** `<kind>-<uuidv7>`; the kind says which service answers for it. */
export const OperationId = z
  .string()
  .regex(/^(image|service|environment)-[0-9a-f-]{36}$/, 'an operation id is image-, service- or environment- and a UUID');

export const Operation = z.object({
  id: OperationId,
  operationType: z.enum(['Image', 'Service', 'Environment']),
  state: AsyncState,
  /** Relative URL of the resource, set when it is known. */
  resourceLocation: z.string().nullable(),
  /** What is being done now, in a few words, for people. */
  progress: z.string().nullable(),
  createdTime: Timestamp,
  endTime: Timestamp.nullable(),
  error: ResourceError.nullable(),
});
export type Operation = z.infer<typeof Operation>;

/** The answer to a change that goes on: 202 with `Operation-Location`. */
export const Accepted = z.object({ operationId: OperationId, resourceId: z.uuid() });
export type Accepted = z.infer<typeof Accepted>;
