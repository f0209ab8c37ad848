import { RouteRecord } from '#slipway/contracts';
import { sha256Hex } from '#slipway/platform';

const id = (group: number, number: number): string => `0190c000-000${group}-7000-8000-${String(number).padStart(12, '0')}`;

export const serviceId = (number = 1): string => id(1, number);
export const revisionId = (number: number): string => id(2, number);
export const replicaId = (number: number): string => id(3, number);

export interface RouteOptions {
  service?: number;
  name?: string;
  environment?: string;
  isDefault?: boolean;
  version?: number;
  deleted?: boolean;
  revision?: number;
  /** Ports of the replicas; also their numbers. */
  ports?: readonly number[];
  /** Ports of a second revision's replicas. */
  canary?: readonly number[];
  /** Share of the first revision when there are two. */
  weight?: number;
  maxConcurrent?: number;
  maxQueued?: number;
  timeoutMs?: number;
  maxBodyBytes?: number;
  keys?: readonly string[];
  capture?: Partial<RouteRecord['capture']>;
}

/** A valid route; whatever a test does not care about has a default. */
export function routeOf(options: RouteOptions = {}): RouteRecord {
  const number = options.revision ?? 1;
  const revision = (of: number, weight: number, ports: readonly number[]) => ({
    id: revisionId(of),
    number: of,
    weight,
    models: [{ id: id(4, 1), name: 'iris.pkl', version: 1 }],
    endpoints: ports.map((port) => ({ replica: replicaId(port), host: '127.0.0.1', port })),
  });
  const weight = options.canary ? (options.weight ?? 50) : 100;
  return RouteRecord.parse({
    version: options.version ?? 1,
    serviceId: serviceId(options.service),
    account: 'default',
    environment: options.environment ?? 'local',
    isDefault: options.isDefault ?? true,
    name: options.name ?? 'iris',
    deleted: options.deleted ?? false,
    revisions: [
      revision(number, weight, options.ports ?? []),
      ...(options.canary ? [revision(number + 1, 100 - weight, options.canary)] : []),
    ],
    limits: {
      maxConcurrent: options.maxConcurrent ?? 1,
      maxQueued: options.maxQueued ?? 10,
      timeoutMs: options.timeoutMs ?? 5_000,
      maxBodyBytes: options.maxBodyBytes ?? 1_048_576,
    },
    keys: (options.keys ?? []).map((key, index) => ({ id: `key${index + 1}`, sha256: sha256Hex(key) })),
    capture: { enabled: false, sampleRate: 1, maxBytes: 65_536, headers: [], ...options.capture },
  });
}
