import { z } from 'zod';

/** `host:port`; port 0 lets the system choose. */
export const HostPort = z
  .string()
  .regex(/^(?:\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, 'expected host:port')
  .transform((text) => {
    const colon = text.lastIndexOf(':');
    return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
  });
export type HostPort = z.output<typeof HostPort>;

/** Settings that every service with a listener and a bus has. */
export const baseEnv = z.object({
  /** Folder of the installation. */
  SLIPWAY_HOME: z.string().min(1),
  /** Internal listener: health, metrics, streams. */
  SLIPWAY_LISTEN: HostPort.default({ host: '127.0.0.1', port: 0 }),
  SLIPWAY_NATS_URL: z.string().min(1),
  /** File with an nkey seed or a `.creds` file. */
  SLIPWAY_NATS_CREDS: z.string().min(1).optional(),
  /** This service's own secret, sent as Bearer to other services' listeners. */
  SLIPWAY_INTERNAL_SECRET_FILE: z.string().min(1).optional(),
  SLIPWAY_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** Named faults for tests, for example `relay.after_publish=kill@2`. */
  SLIPWAY_FAILPOINTS: z.string().default(''),
});

/** Settings of a service that owns tables. */
export const serviceEnv = baseEnv.extend({
  SLIPWAY_DATABASE_URL: z.string().min(1),
  /** How long the start waits for migrations that run at the same time, seconds; 0: an older schema ends it at once. */
  SLIPWAY_SCHEMA_WAIT_SECONDS: z.coerce.number().int().min(0).max(3_600).default(0),
  SLIPWAY_SEAL_KEY_FILE: z.string().min(1).optional(),
  /** PEM files, comma-separated, two while rotating. */
  SLIPWAY_GATEWAY_PUBLIC_KEY_FILE: z.string().min(1).optional(),
  /** JSON: caller to SHA-256 (hex) of its secret. */
  SLIPWAY_INTERNAL_SECRET_HASHES_FILE: z.string().min(1).optional(),
});
export type BaseEnv = z.output<typeof baseEnv>;
export type ServiceEnv = z.output<typeof serviceEnv>;

/** Settings of `migrate.js`; only `slipway admin migrate` has them. */
export const migrateEnv = z.object({ SLIPWAY_ADMIN_DATABASE_URL: z.string().min(1) });

/**
 * Reads the environment once, before anything starts.
 * @throws Error that names the settings which are missing or wrong, never their values.
 */
export function readEnv<Schema extends z.ZodType>(schema: Schema, source: NodeJS.ProcessEnv = process.env): z.output<Schema> {
  const result = schema.safeParse(source);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'environment'}: ${issue.message}`);
  throw new Error(`the environment is not usable: ${problems.join('; ')}`);
}
