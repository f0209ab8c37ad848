import { z } from 'zod';
import { defineCommand } from '../define.js';
import { PageRequest, Reference, pageOf } from '../primitives.js';
import { Model, ModelRegistration } from '../resources/model.js';

/** Registers the next version of a model from an uploaded archive. */
export const RegisterModel = defineCommand({
  subject: 'cmd.registry.register-model.v1',
  request: ModelRegistration,
  response: Model,
  errors: ['not_found', 'invalid_archive', 'idempotency_mismatch', 'insufficient_storage'],
  callers: ['gateway'],
});

/** By id, `name:version`, or a name for its newest version. */
export const GetModel = defineCommand({
  subject: 'cmd.registry.get-model.v1',
  request: z.object({ ref: Reference }),
  response: Model,
  errors: ['not_found'],
  callers: ['gateway'],
});

/** Newest first; `name` and `tag` narrow the list. */
export const ListModels = defineCommand({
  subject: 'cmd.registry.list-models.v1',
  request: PageRequest.extend({ name: z.string().optional(), tag: z.string().optional() }),
  response: pageOf(Model),
  callers: ['gateway'],
});
