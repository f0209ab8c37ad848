import { availableParallelism } from 'node:os';
import type { OperationEntity } from '../services/operation.entity.js';
import type { ReplicaEntity } from '../services/replica.entity.js';
import type { RevisionEntity } from '../services/revision.entity.js';
import { replicasOf, type ServiceEntity } from '../services/service.entity.js';
import type { ComputeTarget, Preparation, ReplicaHandle, ReplicaSighting } from '../compute/compute-target.port.js';
import { graceMs } from '../compute/process/replica-environment.js';
import type { RouterWatch } from '../routes/router-watch.js';
import type { Desired, Observed, PlannedReplica } from './plan.js';

/** Beyond the scoring time-out, how long a replica that a router still counts as busy is waited for. */
const drainMarginMs = 10_000;
/** Beyond its own grace, how long a replica that was told to end is waited for. */
const stopMarginMs = 3_000;

/** The rows of a service at one time. */
export interface SeenRows {
  service: ServiceEntity;
  /** Of the target, the serving one and every replica. */
  revisions: ReadonlyMap<string, RevisionEntity>;
  replicas: readonly ReplicaEntity[];
  operation: OperationEntity | undefined;
  uid: number | undefined;
  /** The database's clock. */
  now: Date;
}

/** Beyond the scoring time-out and the runtime's own replacing of a stuck worker, how long a replica may not answer. */
const silenceMs = 30_000;
/** One that was told to end before it could take a request has nothing to finish. */
const neverReadyGraceMs = 2_000;
/** Starting is mostly work for the processor: libraries are loaded and models read. */
const startsAtOnce = Math.max(8, 4 * availableParallelism());

/** One look at a service: its rows, its processes, its images. */
export interface Seen extends SeenRows {
  /** Where its replicas run. */
  target: ComputeTarget;
  sightings: ReadonlyMap<string, ReplicaSighting>;
  images: ReadonlyMap<string, Preparation>;
}

export function desiredOf({ service, revisions }: Seen): Desired {
  const target = revisions.get(service.targetRevisionId);
  return {
    deleted: service.deletedAt !== null,
    target: target?.status === 'Failed' ? undefined : service.targetRevisionId,
    serving: service.servingRevisionId ?? undefined,
    replicas: replicasOf(service),
  };
}

export function observedOf(seen: Seen, routers: RouterWatch, progressDeadlineMs: number): Observed {
  const { service, operation, now } = seen;
  return {
    replicas: seen.replicas.flatMap((replica) => planned(seen, replica, routers)),
    now: now.getTime(),
    images: new Map([...seen.images].map(([revision, image]) => [revision, stateOf(image)])),
    acknowledged: acknowledged(service, routers, now),
    startsAtOnce,
    pending: operation !== undefined,
    stalled: operation !== undefined && now.getTime() - operation.progressAt.getTime() > progressDeadlineMs,
  };
}

/** What may pass by itself is waited for until the rollout's time is over. */
const stateOf = (image: Preparation): 'ready' | 'preparing' | 'failed' =>
  image.state === 'failed' && image.passing ? 'preparing' : image.state;

function acknowledged(service: ServiceEntity, routers: RouterWatch, now: Date): boolean {
  if (!service.route || !service.routeAt) return service.deletedAt !== null;
  const age = now.getTime() - service.routeAt.getTime();
  const ask = service.deletedAt ? 'released' : 'acknowledged';
  return routers[ask](service.environment, service.id, service.routeVersion, age);
}

function planned(seen: Seen, replica: ReplicaEntity, routers: RouterWatch): PlannedReplica[] {
  if (replica.state === 'Gone') return [];
  const sighting = seen.sightings.get(replica.id);
  return [
    {
      id: replica.id,
      revision: replica.revisionId,
      state: replica.state,
      running: sighting?.running ?? false,
      ready: sighting?.ready ?? false,
      hung: (sighting?.silentMs ?? 0) > timeoutOf(seen, replica) + silenceMs,
      silent: (sighting?.silentMs ?? 0) > 0,
      ...(sighting?.leaving !== undefined && { leaving: sighting.leaving }),
      ...(sighting?.trouble !== undefined && { hopeless: sighting.trouble.hopeless }),
      exitCode: sighting?.exitCode ?? replica.exitCode ?? undefined,
      restarts: replica.restarts,
      retryAt: replica.retryAt?.getTime() ?? 0,
      due: isDue(seen, replica, routers),
      createdAt: replica.createdAt.getTime(),
    },
  ];
}

const timeoutOf = ({ revisions }: Seen, replica: ReplicaEntity): number =>
  revisions.get(replica.revisionId)?.settings.scoringTimeoutMs ?? 0;

function isDue(seen: Seen, replica: ReplicaEntity, routers: RouterWatch): boolean {
  const { service, now } = seen;
  const age = now.getTime() - replica.stateSince.getTime();
  const timeoutMs = timeoutOf(seen, replica);
  if (replica.state === 'Stopping') return age > (replica.readyAt ? graceMs(timeoutMs) + stopMarginMs : neverReadyGraceMs);
  if (replica.state !== 'Draining') return false;
  if (replica.drainVersion === null) return true;
  const ask = service.deletedAt ? 'released' : 'excluded';
  if (!routers[ask](service.environment, service.id, replica.drainVersion, age)) return false;
  return !routers.busy(service.environment, service.id, replica.id) || age > timeoutMs + drainMarginMs;
}

export function handleOf(replica: ReplicaEntity): ReplicaHandle {
  const { id, serviceId, identity, state } = replica;
  return { replicaId: id, serviceId, identity: identity ?? undefined, probe: state === 'Starting' || state === 'Ready' };
}
