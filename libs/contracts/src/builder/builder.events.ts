import { z } from 'zod';
import { defineEvent } from '../define.js';
import { ResourceError } from '../errors.js';
import { Digest, Id } from '../primitives.js';

const image = z.object({ id: Id, name: z.string(), version: z.int().positive(), manifestId: Id });

export const ImageRequested = defineEvent({ type: 'io.slipway.ImageRequested.v1', producer: 'builder', data: image });

export const ImageBuilt = defineEvent({
  type: 'io.slipway.ImageBuilt.v1',
  producer: 'builder',
  data: image.extend({ digest: Digest, imageLocation: z.string(), modelIds: z.array(Id) }),
});

export const ImageBuildFailed = defineEvent({
  type: 'io.slipway.ImageBuildFailed.v1',
  producer: 'builder',
  data: image.extend({ error: ResourceError }),
});
