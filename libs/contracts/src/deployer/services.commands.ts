import { z } from 'zod';
import { defineCommand } from '../define.js';
import { PageRequest, Reference, pageOf } from '../primitives.js';
import { Accepted, Operation, OperationId } from '../resources/operation.js';
import { ScalingDecision } from '../resources/scaling.js';
import { AuthKeys, Deployment, KeyType, Service, ServiceCreation, ServiceUpdate } from '../resources/service.js';

/** Makes a service in its environment, with two keys; the rollout goes on as an operation. */
export const CreateService = defineCommand({
  subject: 'cmd.deployer.create-service.v1',
  request: ServiceCreation,
  response: Accepted,
  errors: [
    'not_found',
    'name_taken',
    'conflict',
    'unprocessable',
    'quota_exceeded',
    'python_missing',
    'not_supported',
    'idempotency_mismatch',
  ],
  callers: ['gateway'],
});

/** Changes what is given; a change of what runs makes a revision and rolls it out. */
export const UpdateService = defineCommand({
  subject: 'cmd.deployer.update-service.v1',
  request: z.object({ ref: Reference, update: ServiceUpdate }),
  response: Accepted,
  errors: [
    'not_found',
    'ambiguous_name',
    'conflict',
    'unprocessable',
    'quota_exceeded',
    'python_missing',
    'not_supported',
    'idempotency_mismatch',
  ],
  callers: ['gateway'],
});

/** `deleted` is false when there was nothing to delete. */
export const DeleteService = defineCommand({
  subject: 'cmd.deployer.delete-service.v1',
  request: z.object({ ref: Reference }),
  response: z.object({ deleted: z.boolean() }),
  errors: ['ambiguous_name', 'idempotency_mismatch'],
  callers: ['gateway'],
});

/** By id or by name. */
export const GetService = defineCommand({
  subject: 'cmd.deployer.get-service.v1',
  request: z.object({
    ref: Reference,
    /** Only in this one. */
    environment: Reference.optional(),
    /** In this one first; without it in the installation's default one first; else the only one of this name. */
    currentEnvironment: Reference.optional(),
  }),
  response: Service,
  errors: ['not_found', 'ambiguous_name'],
  callers: ['gateway'],
});

/** Newest first; the filters are the original's. */
export const ListServices = defineCommand({
  subject: 'cmd.deployer.list-services.v1',
  request: PageRequest.extend({
    serviceName: z.string().optional(),
    modelId: z.string().optional(),
    modelName: z.string().optional(),
    manifestId: z.string().optional(),
    manifestName: z.string().optional(),
    imageId: z.string().optional(),
    computeResourceId: z.string().optional(),
  }),
  response: pageOf(Service),
  callers: ['gateway'],
});

/** The only read that shows key values. */
export const GetServiceKeys = defineCommand({
  subject: 'cmd.deployer.get-service-keys.v1',
  request: z.object({ ref: Reference }),
  response: AuthKeys,
  errors: ['not_found', 'ambiguous_name'],
  callers: ['gateway'],
});

/** Replaces one of the two keys; the other goes on working. */
export const RegenerateServiceKey = defineCommand({
  subject: 'cmd.deployer.regenerate-service-key.v1',
  request: z.object({ ref: Reference, keyType: KeyType }),
  response: AuthKeys,
  errors: ['not_found', 'ambiguous_name', 'idempotency_mismatch'],
  callers: ['gateway'],
});

/** Rollouts, newest first, of one service or of all. */
export const ListDeployments = defineCommand({
  subject: 'cmd.deployer.list-deployments.v1',
  request: z.object({ serviceId: Reference.optional() }),
  response: z.object({ value: z.array(Deployment) }),
  errors: ['not_found', 'ambiguous_name'],
  callers: ['gateway'],
});

export const GetDeployment = defineCommand({
  subject: 'cmd.deployer.get-deployment.v1',
  request: z.object({ id: z.uuid() }),
  response: Deployment,
  errors: ['not_found'],
  callers: ['gateway'],
});

/** What the autoscaler of a service decided, newest first. */
export const ListScalingDecisions = defineCommand({
  subject: 'cmd.deployer.list-scaling-decisions.v1',
  request: PageRequest.extend({ ref: Reference }),
  response: pageOf(ScalingDecision),
  errors: ['not_found', 'ambiguous_name'],
  callers: ['gateway'],
});

/** Operations of kinds `service` and `environment`. */
export const GetServiceOperation = defineCommand({
  subject: 'cmd.deployer.get-operation.v1',
  request: z.object({ id: OperationId }),
  response: Operation,
  errors: ['not_found'],
  callers: ['gateway'],
});
