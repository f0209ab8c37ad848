import { z } from 'zod';
import { defineCommand } from '../define.js';
import { OperationId } from '../resources/operation.js';
import { Secret, SecretSetting } from '../resources/secret.js';
import { SecretName } from '../resources/service.js';

/** Makes a secret or gives it another value. */
export const SetSecret = defineCommand({
  subject: 'cmd.deployer.set-secret.v1',
  request: SecretSetting,
  response: z.object({
    secret: Secret,
    /** Services that are rolled to the new value, where that was asked for. */
    rolled: z.array(z.object({ service: z.string(), operationId: OperationId })),
  }),
  errors: ['unprocessable', 'idempotency_mismatch'],
  callers: ['gateway'],
});

export const ListSecrets = defineCommand({
  subject: 'cmd.deployer.list-secrets.v1',
  request: z.object({}),
  response: z.object({ value: z.array(Secret) }),
  callers: ['gateway'],
});

/** `deleted` is false when there was nothing to delete. Refused with their names while services use it. */
export const DeleteSecret = defineCommand({
  subject: 'cmd.deployer.delete-secret.v1',
  request: z.object({ name: SecretName }),
  response: z.object({ deleted: z.boolean() }),
  errors: ['conflict', 'idempotency_mismatch'],
  callers: ['gateway'],
});
