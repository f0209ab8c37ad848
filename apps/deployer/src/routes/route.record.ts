import type { RouteRecord } from '#slipway/contracts';
import { canonicalJson } from '#slipway/platform';
import type { ServiceKeyEntity } from '../keys/service-key.entity.js';
import type { ReplicaEntity } from '../services/replica.entity.js';
import type { RevisionEntity } from '../services/revision.entity.js';
import type { ServiceEntity } from '../services/service.entity.js';

/** Bytes kept of each captured payload. */
const captureBytes = 64 * 1024;
/** Headers of a request that are captured with it. */
const captureHeaders = ['content-type', 'user-agent'];

export type Route = Omit<RouteRecord, 'version'>;

export interface RouteParts {
  service: ServiceEntity;
  serving: RevisionEntity | undefined;
  replicas: readonly ReplicaEntity[];
  keys: readonly Pick<ServiceKeyEntity, 'keyId' | 'sha256'>[];
  maxBodyBytes: number;
}

/** What routers shall know of a service; undefined while nothing has served yet. */
export function buildRoute({ service, serving, replicas, keys, maxBodyBytes }: RouteParts): Route | undefined {
  const identity = {
    serviceId: service.id,
    account: service.account,
    environment: service.environment,
    isDefault: service.isDefault,
    name: service.name,
  };
  if (service.deletedAt)
    return service.route ? { ...service.route, ...identity, deleted: true, revisions: [], keys: [] } : undefined;
  if (!serving) return undefined;
  const { settings } = serving;
  const endpoints = replicas
    .filter((replica) => replica.state === 'Ready' && replica.revisionId === serving.id)
    .flatMap(({ id, host, port }) => (host === null || port === null ? [] : [{ replica: id, host, port }]))
    .sort((a, b) => (a.replica < b.replica ? -1 : 1));
  return {
    ...identity,
    deleted: false,
    revisions: [
      {
        id: serving.id,
        number: serving.number,
        weight: 100,
        models: serving.image.models.map(({ id, name, version }) => ({ id, name, version })),
        endpoints,
      },
    ],
    limits: {
      maxConcurrent: settings.maxConcurrentRequestsPerContainer,
      maxQueued: service.settings.maxQueuedRequestsPerContainer,
      timeoutMs: settings.scoringTimeoutMs,
      maxBodyBytes,
    },
    keys: keys.map(({ keyId, sha256 }) => ({ id: keyId, sha256 })).sort((a, b) => (a.id < b.id ? -1 : 1)),
    capture: {
      enabled: settings.dataCollection.storageEnabled,
      sampleRate: 1,
      maxBytes: captureBytes,
      headers: captureHeaders,
    },
  };
}

export const sameRoute = (a: Route | null, b: Route): boolean => a !== null && canonicalJson(a) === canonicalJson(b);

/** Replicas that a route names. */
export const routedReplicas = (route: Route | null): Set<string> =>
  new Set(route?.revisions.flatMap((revision) => revision.endpoints.map((endpoint) => endpoint.replica)) ?? []);
