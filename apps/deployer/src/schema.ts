import { PlatformTables1764000000000, type SchemaDefinition } from '#slipway/platform';
import { EnvironmentQueueEntity } from './environments/environment-queue.entity.js';
import { EnvironmentEntity } from './environments/environment.entity.js';
import { ScalingDecisionEntity } from './autoscale/scaling-decision.entity.js';
import { ServiceKeyEntity } from './keys/service-key.entity.js';
import { DeployerTables1764000200000 } from './migrations/1764000200000-deployer-tables.js';
import { Targets1764000300000 } from './migrations/1764000300000-targets.js';
import { Autoscaling1764000310500 } from './migrations/1764000310500-autoscaling.js';
import { Environments1764001070000 } from './migrations/1764001070000-environments.js';
import { Secrets1764001070100 } from './migrations/1764001070100-secrets.js';
import { SecretEntity } from './secrets/secret.entity.js';
import { WorkItemEntity } from './reconcile/work-item.entity.js';
import { OperationEntity } from './services/operation.entity.js';
import { ReplicaEntity } from './services/replica.entity.js';
import { RevisionEntity } from './services/revision.entity.js';
import { ServiceEntity } from './services/service.entity.js';
import { ServiceUserEntity } from './services/service-user.entity.js';

export const schema: SchemaDefinition = {
  entities: [
    EnvironmentEntity,
    EnvironmentQueueEntity,
    OperationEntity,
    ReplicaEntity,
    RevisionEntity,
    ScalingDecisionEntity,
    SecretEntity,
    ServiceEntity,
    ServiceKeyEntity,
    ServiceUserEntity,
    WorkItemEntity,
  ],
  migrations: [
    PlatformTables1764000000000,
    DeployerTables1764000200000,
    Targets1764000300000,
    Autoscaling1764000310500,
    Environments1764001070000,
    Secrets1764001070100,
  ],
};
