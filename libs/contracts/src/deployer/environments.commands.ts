import { z } from 'zod';
import { defineCommand } from '../define.js';
import { PageRequest, Reference, pageOf } from '../primitives.js';
import { PythonVersion } from '../resources/manifest.js';
import { Environment } from '../resources/service.js';

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
