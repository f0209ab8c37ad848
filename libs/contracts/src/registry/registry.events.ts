import { z } from 'zod';
import { defineEvent } from '../define.js';
import { AppPath, Digest, Id } from '../primitives.js';
import { ModelPin } from '../resources/model.js';

export const ModelRegistered = defineEvent({
  type: 'io.slipway.ModelRegistered.v1',
  producer: 'registry',
  data: ModelPin.extend({ contentDigest: Digest.nullable() }),
});

export const ManifestCreated = defineEvent({
  type: 'io.slipway.ManifestCreated.v1',
  producer: 'registry',
  data: z.object({
    id: Id,
    name: z.string(),
    version: z.int().positive(),
    entry: AppPath,
    modelIds: z.array(Id),
    assets: z.array(Digest),
  }),
});
