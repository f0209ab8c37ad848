import { z } from 'zod';
import { defineEvent } from '../define.js';
import { ResourceError } from '../errors.js';
import { Digest, Id } from '../primitives.js';
import { KeyType } from '../resources/service.js';

const service = z.object({ id: Id, name: z.string(), environment: z.string() });
const revision = service.extend({ revision: z.int().positive(), imageId: Id, imageDigest: Digest, modelIds: z.array(Id) });

const environment = z.object({ id: Id, name: z.string(), target: z.string() });
/** Services can be put into it. */
export const EnvironmentReady = defineEvent({
  type: 'io.slipway.EnvironmentReady.v1',
  producer: 'deployer',
  data: environment,
});

/** It could not be set up; `errors` has one for each part that failed. */
export const EnvironmentFailed = defineEvent({
  type: 'io.slipway.EnvironmentFailed.v1',
  producer: 'deployer',
  data: environment.extend({ errors: z.array(ResourceError) }),
});

export const EnvironmentDeleted = defineEvent({
  type: 'io.slipway.EnvironmentDeleted.v1',
  producer: 'deployer',
  data: environment,
});

export const ServiceCreated = defineEvent({
  type: 'io.slipway.ServiceCreated.v1',
  producer: 'deployer',
  data: service.extend({ imageId: Id }),
});

/** The first revision serves. */
export const ServiceDeployed = defineEvent({ type: 'io.slipway.ServiceDeployed.v1', producer: 'deployer', data: revision });

/** A later revision serves in place of `from`. */
export const ServiceUpdated = defineEvent({
  type: 'io.slipway.ServiceUpdated.v1',
  producer: 'deployer',
  data: revision.extend({ from: z.int().positive().nullable() }),
});

export const ServiceScaled = defineEvent({
  type: 'io.slipway.ServiceScaled.v1',
  producer: 'deployer',
  data: service.extend({ from: z.int().nonnegative(), to: z.int().nonnegative(), reason: z.string() }),
});

/** A rollout failed; `stillServing` is the revision that goes on, if any. */
export const ServiceFailed = defineEvent({
  type: 'io.slipway.ServiceFailed.v1',
  producer: 'deployer',
  data: service.extend({ revision: z.int().positive(), stillServing: z.int().positive().nullable(), error: ResourceError }),
});

export const ServiceRolledBack = defineEvent({
  type: 'io.slipway.ServiceRolledBack.v1',
  producer: 'deployer',
  data: service.extend({ from: z.int().positive(), to: z.int().positive(), error: ResourceError }),
});

export const ServiceDeleted = defineEvent({ type: 'io.slipway.ServiceDeleted.v1', producer: 'deployer', data: service });

const key = service.extend({ keyId: z.string(), keyType: KeyType });
export const ServiceKeyCreated = defineEvent({ type: 'io.slipway.ServiceKeyCreated.v1', producer: 'deployer', data: key });
export const ServiceKeyRegenerated = defineEvent({
  type: 'io.slipway.ServiceKeyRegenerated.v1',
  producer: 'deployer',
  data: key,
});

const secret = z.object({ id: Id, name: z.string() });
/** A secret was made or has another value, which is told nowhere. */
export const SecretSet = defineEvent({ type: 'io.slipway.SecretSet.v1', producer: 'deployer', data: secret });
export const SecretDeleted = defineEvent({ type: 'io.slipway.SecretDeleted.v1', producer: 'deployer', data: secret });
