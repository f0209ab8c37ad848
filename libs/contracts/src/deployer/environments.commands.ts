import { z } from 'zod';
import { defineCommand } from '../define.js';
import { PageRequest, Reference, pageOf } from '../primitives.js';
import { PythonVersion } from '../resources/manifest.js';
import {
  Environment,
  EnvironmentCheck,
  EnvironmentCreation,
  EnvironmentCredentials,
  EnvironmentUpdate,
} from '../resources/environment.js';
import { Accepted, OperationId } from '../resources/operation.js';

/** By id or by name. */
export const GetEnvironment = defineCommand({
  subject: 'cmd.deployer.get-environment.v1',
  request: z.object({ ref: Reference }),
  response: Environment,
  errors: ['not_found'],
  callers: ['gateway'],
});

export const ListEnvironments = defineCommand({
  subject: 'cmd.deployer.list-environments.v1',
  request: PageRequest,
  response: pageOf(Environment),
  callers: ['gateway'],
});

/** The interpreters that a replica of the default environment can start, newest first; a manifest pins one of them. */
export const ListPythonVersions = defineCommand({
  subject: 'cmd.deployer.list-python-versions.v1',
  request: z.object({}),
  response: z.object({ versions: z.array(z.object({ version: PythonVersion, path: z.string() })) }),
  callers: ['registry', 'builder'],
});

/** Sets an environment up: its parts are tried and what it needs is put there, as an operation. */
export const CreateEnvironment = defineCommand({
  subject: 'cmd.deployer.create-environment.v1',
  request: EnvironmentCreation,
  response: Accepted,
  errors: ['name_taken', 'unprocessable', 'not_supported', 'idempotency_mismatch'],
  callers: ['gateway'],
});

/** The new settings are tried first; when a part fails nothing has changed. */
export const UpdateEnvironment = defineCommand({
  subject: 'cmd.deployer.update-environment.v1',
  request: z.object({ ref: Reference, update: EnvironmentUpdate }),
  response: Accepted,
  errors: ['not_found', 'conflict', 'unprocessable', 'not_supported', 'idempotency_mismatch'],
  callers: ['gateway'],
});

/** `deleted` is false when there was nothing to delete. Refused with their names while services are in it. */
export const DeleteEnvironment = defineCommand({
  subject: 'cmd.deployer.delete-environment.v1',
  request: z.object({ ref: Reference }),
  response: z.object({ deleted: z.boolean(), operationId: OperationId.optional() }),
  errors: ['conflict', 'idempotency_mismatch'],
  callers: ['gateway'],
});

/** The only read that shows the credentials of an environment. */
export const GetEnvironmentCredentials = defineCommand({
  subject: 'cmd.deployer.get-environment-credentials.v1',
  request: z.object({ ref: Reference }),
  response: EnvironmentCredentials,
  errors: ['not_found'],
  callers: ['gateway'],
});

/** Tries each part of an environment now and changes nothing. */
export const CheckEnvironment = defineCommand({
  subject: 'cmd.deployer.check-environment.v1',
  request: z.object({ ref: Reference }),
  response: z.object({ ok: z.boolean(), checks: z.array(EnvironmentCheck) }),
  errors: ['not_found'],
  callers: ['gateway'],
});
