import { z } from 'zod';
import { ResourceError } from '../errors.js';
import { Id, Timestamp } from '../primitives.js';
import { AutoScalerSettings, CpuQuantity, MemoryQuantity } from './service.js';

/** Part of addresses and of bus subjects, unique in the installation. */
export const EnvironmentName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/,
    'an environment is named by 2 to 32 of a-z, 0-9 and -, first a letter, last a letter or a digit',
  );
export const ComputeTargetKind = z.enum(['process', 'docker', 'kubernetes']);

const Port = z.int().min(1_024).max(60_000);
/** `host:port` of Slipway's registry as the engine or the nodes reach it. */
const RegistryAddress = z
  .string()
  .max(253)
  .regex(/^(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/, 'a registry is host:port, without a scheme');

/** A Docker Engine. */
export const DockerConfig = z.strictObject({
  /** `unix:///var/run/docker.sock`, `tcp://host:2375`, or `tcp://host:2376` with TLS files among the credentials; default: the first. */
  host: z
    .string()
    .max(253)
    .regex(/^(?:unix:\/\/\/[^\s]+|tcp:\/\/[A-Za-z0-9.-]+:\d{1,5})$/, 'a Docker host is unix:///path or tcp://host:port')
    .optional(),
  registry: RegistryAddress.optional(),
});

const Toleration = z.strictObject({
  key: z.string().max(316).optional(),
  operator: z.enum(['Exists', 'Equal']).optional(),
  value: z.string().max(63).optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.int().nonnegative().optional(),
});
/** A namespace of a cluster; default `slipway`. `registry` must be given. */
export const KubernetesConfig = z.strictObject({
  namespace: z
    .string()
    .regex(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/, 'a namespace is a lower-case DNS label')
    .optional(),
  /** Context of the kubeconfig; default: its current one. */
  context: z.string().min(1).max(253).optional(),
  registry: RegistryAddress.optional(),
  /** Name of a pull secret that is in the namespace already. */
  pullSecret: z.string().min(1).max(253).optional(),
  nodeSelector: z.record(z.string().max(317), z.string().max(63)).optional(),
  tolerations: z.array(Toleration).max(64).optional(),
  /** Beyond cpu and memory, such as `{ "nvidia.com/gpu": "1" }`: asked for by each replica. */
  resources: z.record(z.string().max(317), z.string().regex(/^\d{1,9}$/, 'an extra resource is a whole number')).optional(),
  /** Addresses of routers outside the cluster, as CIDR. */
  routerCidrs: z.array(z.string().max(64)).max(64).optional(),
  /** Pods use the node's network, each revision at its own port above this one: for clusters without a pod network only. */
  hostNetworkPort: Port.optional(),
});

/** What all services of an environment may ask for together. */
export const Quotas = z.strictObject({
  replicas: z.int().min(1).max(10_000).optional(),
  cpu: CpuQuantity.optional(),
  memory: MemoryQuantity.optional(),
});
export type Quotas = z.infer<typeof Quotas>;

const common = {
  /** Where captured predictions go: `file:///folder`, `s3://bucket/prefix` or `azblob://container/prefix`. */
  storage: z
    .string()
    .max(1024)
    .regex(/^(?:file:\/\/\/[^\s]*|(?:s3|azblob):\/\/[^\s/]+(?:\/[^\s]*)?)$/, 'storage is file:///folder, s3://… or azblob://…')
    .optional(),
  /** Base URL of an OTLP/HTTP collector for the logs of replicas. */
  logSink: z
    .url({ protocol: /^https?$/ })
    .max(1024)
    .optional(),
  /** Defaults of new services. */
  autoScaler: AutoScalerSettings.optional(),
  quotas: Quotas.optional(),
};

const pem = z.string().min(1).max(65_536);
/** What opens an environment's cluster, engine or registry. Kept sealed; shown by `GetEnvironmentCredentials` only. */
export const EnvironmentCredentials = z.strictObject({
  kubeconfig: z.string().min(1).max(131_072).optional(),
  dockerTls: z.strictObject({ ca: pem, cert: pem, key: pem }).optional(),
  registry: z.strictObject({ username: z.string().min(1).max(256), password: z.string().min(1).max(8_192) }).optional(),
});
export type EnvironmentCredentials = z.infer<typeof EnvironmentCredentials>;

export const EnvironmentCreation = z.strictObject({
  name: EnvironmentName,
  target: ComputeTargetKind,
  docker: DockerConfig.optional(),
  kubernetes: KubernetesConfig.optional(),
  ...common,
  credentials: EnvironmentCredentials.optional(),
});
export type EnvironmentCreation = z.infer<typeof EnvironmentCreation>;

/** What is given takes the place of what was; the rest stays. Tried before it is taken. */
export const EnvironmentUpdate = EnvironmentCreation.omit({ name: true, target: true });
export type EnvironmentUpdate = z.infer<typeof EnvironmentUpdate>;

/** One part of an environment, tried for real. */
export const EnvironmentCheck = z.object({
  /** `target`, `permissions`, `registry`, `storage`, `logSink`. */
  part: z.string(),
  /** `not_supported`: it is kept and shown, and not used by this version. */
  state: z.enum(['ok', 'failed', 'not_supported']),
  code: z.string().optional(),
  message: z.string(),
  /** What to do, for one that failed. */
  next: z.string().optional(),
});
export type EnvironmentCheck = z.infer<typeof EnvironmentCheck>;

export const Environment = z.object({
  id: Id,
  name: z.string(),
  target: ComputeTargetKind,
  provisioningState: z.enum(['Creating', 'Updating', 'Succeeded', 'Failed', 'Deleting']),
  /** Why the last provisioning failed, one for each part. */
  provisioningErrors: z.array(ResourceError),
  /** `none`: replicas share the installation's user, for your own code only; `user`: each service has its own user id. */
  isolation: z.enum(['none', 'user', 'container']),
  isDefault: z.boolean(),
  /** How it was set up: the fields of its target and the common ones; nothing secret. */
  config: z.record(z.string(), z.unknown()),
  /** Which credentials are kept for it; their values are shown by its credentials only. */
  credentialNames: z.array(z.string()),
  createdAt: Timestamp,
  error: ResourceError.nullable(),
});
export type Environment = z.infer<typeof Environment>;
