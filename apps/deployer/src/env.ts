import { z } from 'zod';
import { serviceEnv } from '#slipway/platform';

export const deployerEnv = serviceEnv.extend({
  /** Where `/v2/` is: images are pulled from there by digest. */
  SLIPWAY_REGISTRY_URL: z.url(),
  /** The builder's public key (SPKI, PEM): only images with a statement signed by it are deployed; default any image. */
  SLIPWAY_BUILDER_PUBLIC_KEY_FILE: z.string().min(1).optional(),
  /** Whether the environment `local`, processes of this machine, is there; off in a cluster, where a pod comes and goes. */
  SLIPWAY_LOCAL_ENVIRONMENT: z.stringbool().default(true),
  /** An interpreter that is tried before those on PATH. */
  SLIPWAY_PYTHON: z.string().min(1).optional(),
  /** Largest request body that routers and replicas take, bytes. */
  SLIPWAY_MAX_BODY_BYTES: z.coerce
    .number()
    .int()
    .min(1024)
    .max(2 ** 30)
    .default(16 * 2 ** 20),
  /** A rollout without progress for this long has failed, milliseconds. */
  SLIPWAY_PROGRESS_DEADLINE_MS: z.coerce.number().int().min(1_000).max(3_600_000).default(120_000),
  /** A deployer that has written nothing about a service it looks at for this long, seconds, may lose it to another one. */
  SLIPWAY_LEASE_SECONDS: z.coerce.number().int().min(2).max(600).default(10),
  /** Replicas that one environment may ask for in all. */
  SLIPWAY_MAX_REPLICAS: z.coerce.number().int().min(1).max(10_000).default(200),
  /** The autoscaler takes away only what nothing within so many seconds asked for. */
  SLIPWAY_SCALE_DOWN_SECONDS: z.coerce.number().int().min(1).max(3_600).default(60),
  /** Days that the autoscaler's decisions are kept. */
  SLIPWAY_DECISION_RETENTION_DAYS: z.coerce.number().int().min(1).max(3_650).default(30),
  /** Log bytes kept for each service. */
  SLIPWAY_LOG_RETENTION_BYTES: z.coerce
    .number()
    .int()
    .min(2 ** 20)
    .default(2 ** 30),
  /** Days that the logs of ended replicas are kept. */
  SLIPWAY_LOG_RETENTION_DAYS: z.coerce.number().int().min(1).default(7),
  /** Passed on to replicas; nothing else of this process's environment is. */
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
  LANG: z.string().default('C.UTF-8'),
  TZ: z.string().optional(),
});
export type DeployerEnv = z.output<typeof deployerEnv>;

/** Injection token of the {@link DeployerEnv}. */
export const ENV = Symbol('deployer env');
