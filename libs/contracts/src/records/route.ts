import { z } from 'zod';
import { AccountSlug, Id } from '../primitives.js';

export const RouteKey = z.object({
  id: z.string(),
  /** SHA-256 of the whole key text, hex; keys have 256 random bits, so no slow hash is needed. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export const RouteModel = z.object({ id: Id, name: z.string(), version: z.int().positive() });

export const RouteEndpoint = z.object({ replica: Id, host: z.string(), port: z.int().min(1).max(65_535) });

export const RouteRevision = z.object({
  id: Id,
  number: z.int().positive(),
  /** Share of the requests, 0..100; those of one route add up to 100. */
  weight: z.int().min(0).max(100),
  models: z.array(RouteModel),
  endpoints: z.array(RouteEndpoint),
});

/** What a router needs to serve one service: the value of key `<serviceId>` in the KV bucket `ROUTES`. */
export const RouteRecord = z.object({
  /** From PostgreSQL; only rises. A router applies a record only when its version is higher. */
  version: z.int().positive(),
  serviceId: Id,
  account: AccountSlug,
  environment: z.string(),
  /** True when the environment is the installation's default, which is also served without `/e/<environment>`. */
  isDefault: z.boolean(),
  name: z.string(),
  /** A tombstone: the service is gone. Nothing else removes a route. */
  deleted: z.boolean().default(false),
  revisions: z.array(RouteRevision),
  limits: z.object({
    /** Requests at once on one replica. */
    maxConcurrent: z.int().positive(),
    /** Waiting requests for each replica. */
    maxQueued: z.int().nonnegative(),
    timeoutMs: z.int().positive(),
    maxBodyBytes: z.int().positive(),
  }),
  keys: z.array(RouteKey),
  capture: z.object({
    enabled: z.boolean(),
    /** Share of the predictions whose payload is captured, 0..1. */
    sampleRate: z.number().min(0).max(1),
    /** Bytes kept of each payload; longer ones are cut and marked. */
    maxBytes: z.int().positive(),
    headers: z.array(z.string()),
  }),
});
export type RouteRecord = z.infer<typeof RouteRecord>;
export type RouteRevision = z.infer<typeof RouteRevision>;
export type RouteEndpoint = z.infer<typeof RouteEndpoint>;

/** Answer of the deployer's `GET /internal/snapshot?environment=<name>`, with an ETag. */
export const RouteSnapshot = z.object({ routes: z.array(RouteRecord) });
export type RouteSnapshot = z.infer<typeof RouteSnapshot>;
