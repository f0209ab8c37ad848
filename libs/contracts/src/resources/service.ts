import { z } from 'zod';
import { ResourceError } from '../errors.js';
import { AsyncState, DnsName, Id, Timestamp } from '../primitives.js';
import { ImagePin } from './image.js';
import { ModelPin } from './model.js';

/** Kubernetes notation: cores such as `0.5` or `500m`. */
export const CpuQuantity = z
  .string()
  .regex(/^(?:\d{1,4}(?:\.\d{1,3})?|\d{1,7}m)$/, 'cpu is a number of cores such as 0.5 or 500m');
/** Kubernetes notation: bytes such as `300M`, `1G` or `512Mi`. */
export const MemoryQuantity = z
  .string()
  .regex(/^\d{1,9}(?:\.\d{1,3})?(?:[KMGT]i?)?$/, 'memory is a size such as 300M, 1G or 512Mi');

export const AutoScaler = z.strictObject({
  autoscaleEnabled: z.boolean(),
  minReplicas: z.int().min(0).max(1000),
  maxReplicas: z.int().min(1).max(1000),
  refreshPeriodInSeconds: z.int().min(1).max(3600),
  /** Percent of the requests that all replicas take at once. */
  targetUtilization: z.int().min(1).max(100),
});
export type AutoScaler = z.infer<typeof AutoScaler>;
/** In a request: what is left out stays as it is, or is the default of the environment. */
export const AutoScalerSettings = AutoScaler.partial();
export type AutoScalerSettings = z.infer<typeof AutoScalerSettings>;

export const ContainerResources = z.strictObject({ cpu: CpuQuantity.optional(), memory: MemoryQuantity.optional() });
export const DataCollection = z.strictObject({
  storageEnabled: z.boolean().default(false),
  eventHubEnabled: z.literal(false).default(false),
});

/** Name of a secret of the account. */
export const SecretName = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/, 'a secret is named by 1 to 64 letters, digits, -, _ and .');
/** A file below the folder of a service's secrets: relative, plain characters. */
export const SecretPath = z
  .string()
  .max(253)
  .regex(
    /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9._-]{1,100}(?:\/[A-Za-z0-9._-]{1,100}){0,3}$/,
    'a secret file is a relative path of letters, digits, -, _, . and at most three /',
  );

/** Names of variables: letters, digits and `_`; those that Slipway sets itself are refused by the deployer. */
export const EnvName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'a variable is letters, digits and _, not starting with a digit');
export const EnvMap = z.record(EnvName, z.string().max(32_768));

/** Which secrets of the account the replicas get: as variables, and as files in the folder `SLIPWAY_SECRETS_DIR`. */
export const SecretRefs = z.strictObject({
  variables: z.record(EnvName, SecretName).default({}),
  files: z.record(SecretPath, SecretName).default({}),
});
export type SecretRefs = z.infer<typeof SecretRefs>;
/** A change of them: what is named is set, a null value removes it. */
export const SecretRefsUpdate = z.strictObject({
  variables: z.record(EnvName, SecretName.nullable()).default({}),
  files: z.record(SecretPath, SecretName.nullable()).default({}),
});
export type SecretRefsUpdate = z.infer<typeof SecretRefsUpdate>;

const settings = {
  numReplicas: z.int().min(0).max(1000),
  autoScaler: AutoScalerSettings,
  maxConcurrentRequestsPerContainer: z.int().min(1).max(1000),
  maxQueuedRequestsPerContainer: z.int().min(0).max(1000),
  scoringTimeoutMs: z.int().min(100).max(3_600_000),
  containerResourceReservation: ContainerResources,
  dataCollection: DataCollection,
  appInsightsEnabled: z.boolean(),
  /** Variables of the replicas. On an update each key is set, a null value removes it. Values are never shown again. */
  env: z.record(EnvName, z.string().max(32_768).nullable()),
};

export const ServiceCreation = z.strictObject({
  name: DnsName,
  /** Id, name or `name:version` of an image. */
  imageId: z.string().min(1).max(320),
  computeResource: z
    .strictObject({ id: z.string().min(1).max(320), type: z.enum(['Cluster', 'Local']).default('Cluster') })
    .optional(),
  numReplicas: settings.numReplicas.optional(),
  autoScaler: settings.autoScaler.optional(),
  maxConcurrentRequestsPerContainer: settings.maxConcurrentRequestsPerContainer.optional(),
  maxQueuedRequestsPerContainer: settings.maxQueuedRequestsPerContainer.optional(),
  scoringTimeoutMs: settings.scoringTimeoutMs.optional(),
  containerResourceReservation: settings.containerResourceReservation.optional(),
  dataCollection: settings.dataCollection.optional(),
  appInsightsEnabled: settings.appInsightsEnabled.optional(),
  env: EnvMap.optional(),
  secrets: SecretRefs.optional(),
});

/** Everything is optional: what is left out stays as it is. */
export const ServiceUpdate = z.strictObject({
  imageId: z.string().min(1).max(320).optional(),
  numReplicas: settings.numReplicas.optional(),
  autoScaler: settings.autoScaler.optional(),
  maxConcurrentRequestsPerContainer: settings.maxConcurrentRequestsPerContainer.optional(),
  maxQueuedRequestsPerContainer: settings.maxQueuedRequestsPerContainer.optional(),
  scoringTimeoutMs: settings.scoringTimeoutMs.optional(),
  containerResourceReservation: settings.containerResourceReservation.optional(),
  dataCollection: settings.dataCollection.optional(),
  appInsightsEnabled: settings.appInsightsEnabled.optional(),
  env: settings.env.optional(),
  secrets: SecretRefsUpdate.optional(),
});

export const ReplicaStatus = z.object({
  id: Id,
  revision: z.int().positive(),
  state: z.enum(['Starting', 'Ready', 'Draining', 'Failed']),
  restarts: z.int().nonnegative(),
  since: Timestamp,
});
export type ReplicaStatus = z.infer<typeof ReplicaStatus>;

export const Service = z.object({
  id: Id,
  name: DnsName,
  environment: z.string(),
  state: AsyncState,
  /** Rendered by the gateway from `SLIPWAY_ROUTER_URL`; a path when it leaves the deployer. */
  scoringUri: z.string(),
  swaggerUri: z.string(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  createdBy: z.string(),
  image: ImagePin,
  models: z.array(ModelPin),
  /** Replicas asked for: by the user, or by the autoscaler while that is on. */
  numReplicas: z.int().nonnegative(),
  autoScaler: AutoScalerSettings,
  maxConcurrentRequestsPerContainer: z.int().positive(),
  maxQueuedRequestsPerContainer: z.int().nonnegative(),
  scoringTimeoutMs: z.int().positive(),
  containerResourceReservation: ContainerResources,
  dataCollection: DataCollection,
  appInsightsEnabled: z.boolean(),
  /** Names of the replicas' variables; values are never shown. */
  envNames: z.array(z.string()),
  /** Names of the secrets that the replicas get; values are never shown. */
  secrets: z.object({ variables: z.record(z.string(), z.string()), files: z.record(z.string(), z.string()) }),
  /** Number of the revision that serves; null until one does. */
  revision: z.int().positive().nullable(),
  generation: z.int().positive(),
  observedGeneration: z.int().nonnegative(),
  replicas: z.array(ReplicaStatus),
  error: ResourceError.nullable(),
});
export type Service = z.infer<typeof Service>;

/** One rollout of a service: the history of what ran when. */
export const Deployment = z.object({
  id: Id,
  serviceId: Id,
  serviceName: DnsName,
  imageId: Id,
  image: ImagePin,
  revision: z.int().positive(),
  status: z.enum(['Pending', 'Progressing', 'Serving', 'Superseded', 'Failed']),
  createdAt: Timestamp,
  createdBy: z.string(),
  /** When it stopped being the one that serves. */
  expiredAt: Timestamp.nullable(),
  error: ResourceError.nullable(),
});
export type Deployment = z.infer<typeof Deployment>;

export const AuthKeys = z.object({ primaryKey: z.string(), secondaryKey: z.string() });
export type AuthKeys = z.infer<typeof AuthKeys>;
export const KeyType = z.enum(['Primary', 'Secondary']);
export type KeyType = z.infer<typeof KeyType>;
