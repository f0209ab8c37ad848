import type { Deployment, Operation, ReplicaStatus, Service } from '#slipway/contracts';
import type { OperationEntity } from './operation.entity.js';
import type { ReplicaEntity } from './replica.entity.js';
import type { RevisionEntity } from './revision.entity.js';
import { replicasOf, type ServiceEntity } from './service.entity.js';

/** A service with the rows that its resource is made of. */
export interface ServiceRows {
  service: ServiceEntity;
  target: RevisionEntity;
  serving: RevisionEntity | undefined;
  replicas: readonly ReplicaEntity[];
}

export function toService({ service, target, serving, replicas }: ServiceRows): Service {
  const base = `${service.isDefault ? '' : `/e/${service.environment}`}/api/v1/service/${service.name}`;
  return {
    id: service.id,
    name: service.name,
    environment: service.environment,
    state: service.state,
    scoringUri: `${base}/score`,
    swaggerUri: `${base}/swagger.json`,
    createdAt: service.createdAt.toISOString(),
    updatedAt: service.updatedAt.toISOString(),
    createdBy: service.createdBy,
    image: target.image,
    models: target.image.models,
    ...service.settings,
    numReplicas: replicasOf(service),
    ...target.settings,
    envNames: target.envNames,
    secrets: { variables: target.secrets.variables, files: target.secrets.files },
    revision: serving?.number ?? null,
    generation: service.generation,
    observedGeneration: service.observedGeneration,
    replicas: replicas.map(toReplicaStatus),
    error: service.error,
  };
}

function toReplicaStatus(replica: ReplicaEntity): ReplicaStatus {
  const state = replica.state === 'Stopping' || replica.state === 'Gone' ? 'Draining' : replica.state;
  const { id, revision, restarts } = replica;
  return { id, revision, state, restarts, since: replica.stateSince.toISOString() };
}

export function toDeployment(row: RevisionEntity): Deployment {
  return {
    id: row.id,
    serviceId: row.serviceId,
    serviceName: row.serviceName,
    imageId: row.image.id,
    image: row.image,
    revision: row.number,
    status: row.status,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy,
    expiredAt: row.expiredAt?.toISOString() ?? null,
    error: row.error,
  };
}

export function toOperation(row: OperationEntity): Operation {
  return {
    id: row.id,
    operationType: row.kind,
    state: row.state,
    resourceLocation: `/api/v1/accounts/${row.account}/${row.serviceId ? `services/${row.serviceId}` : `environments/${row.environmentId}`}`,
    progress: row.progress,
    createdTime: row.createdAt.toISOString(),
    endTime: row.endedAt?.toISOString() ?? null,
    error: row.error,
  };
}
