import { z } from 'zod';
import { defineCommand } from '../define.js';
import { PageRequest, Reference, pageOf } from '../primitives.js';
import { Image, ImageRequest } from '../resources/image.js';
import { Accepted, Operation, OperationId } from '../resources/operation.js';

/** Asks for the next version of an image; the build goes on as an operation. */
export const CreateImage = defineCommand({
  subject: 'cmd.builder.create-image.v1',
  request: ImageRequest,
  response: Accepted,
  errors: ['not_found', 'insufficient_storage', 'idempotency_mismatch'],
  callers: ['gateway'],
});

/** By id, `name:version`, or a name for its newest version. */
export const GetImage = defineCommand({
  subject: 'cmd.builder.get-image.v1',
  request: z.object({ ref: Reference }),
  response: Image,
  errors: ['not_found'],
  callers: ['gateway', 'deployer'],
});

/** Newest first. */
export const ListImages = defineCommand({
  subject: 'cmd.builder.list-images.v1',
  request: PageRequest.extend({
    imageName: z.string().optional(),
    manifestId: Reference.optional(),
    manifestName: z.string().optional(),
  }),
  response: pageOf(Image),
  callers: ['gateway'],
});

/** Operations of kind `image`. */
export const GetImageOperation = defineCommand({
  subject: 'cmd.builder.get-operation.v1',
  request: z.object({ id: OperationId }),
  response: Operation,
  errors: ['not_found'],
  callers: ['gateway'],
});
