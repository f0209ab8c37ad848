import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { AsyncState, AutoScaler, ResourceError, RouteRecord } from '#slipway/contracts';

/** Settings that change without a new revision. */
export interface ServiceSettings {
  numReplicas: number;
  autoScaler: AutoScaler;
  maxQueuedRequestsPerContainer: number;
}

/** Desired state of a service and what the reconciler last wrote about it. */
@Entity({ name: 'service' })
@Index('service_name', ['environmentId', 'name'], { unique: true, where: 'deleted_at IS NULL' })
@Index('service_page', ['account', 'createdAt', 'id'])
@Index('service_image', ['imageId'])
@Index('service_manifest', ['manifestId'])
@Index('service_manifest_name', ['manifestName'])
@Index('service_autoscaled', ['environmentId'], { where: 'scaled_replicas IS NOT NULL AND deleted_at IS NULL' })
// GIN, which the schema's own builder cannot say: the migration makes them.
@Index('service_models', { synchronize: false })
@Index('service_model_names', { synchronize: false })
export class ServiceEntity {
  @PrimaryColumn({ type: 'uuid', name: 'id', primaryKeyConstraintName: 'service_pkey' }) id: string;
  @Column({ type: 'text', name: 'account' }) account: string;
  @Column({ type: 'uuid', name: 'environment_id' }) environmentId: string;
  @Column({ type: 'text', name: 'environment' }) environment: string;
  @Column({ type: 'boolean', name: 'is_default' }) isDefault: boolean;
  @Column({ type: 'text', name: 'name' }) name: string;
  @Column({ type: 'integer', name: 'row_version' }) rowVersion: number;
  @Column({ type: 'integer', name: 'generation' }) generation: number;
  @Column({ type: 'integer', name: 'observed_generation' }) observedGeneration: number;
  @Column({ type: 'text', name: 'state' }) state: AsyncState;
  @Column({ type: 'jsonb', name: 'error', nullable: true }) error: ResourceError | null;
  @Column({ type: 'jsonb', name: 'settings' }) settings: ServiceSettings;
  /** What the autoscaler asks for; null while it is off. The user's own number stays in the settings. */
  @Column({ type: 'integer', name: 'scaled_replicas', nullable: true }) scaledReplicas: number | null;
  /** What shall serve. */
  @Column({ type: 'uuid', name: 'target_revision_id' }) targetRevisionId: string;
  /** What the route names; null until one does. */
  @Column({ type: 'uuid', name: 'serving_revision_id', nullable: true }) servingRevisionId: string | null;
  @Column({ type: 'jsonb', name: 'route', nullable: true }) route: Omit<RouteRecord, 'version'> | null;
  @Column({ type: 'integer', name: 'route_version' }) routeVersion: number;
  @Column({ type: 'timestamptz', precision: 3, name: 'route_at', nullable: true }) routeAt: Date | null;
  /** Highest version that reached the bus. */
  @Column({ type: 'integer', name: 'route_published' }) routePublished: number;
  @Column({ type: 'uuid', name: 'image_id' }) imageId: string;
  @Column({ type: 'uuid', name: 'manifest_id' }) manifestId: string;
  @Column({ type: 'text', name: 'manifest_name' }) manifestName: string;
  @Column({ type: 'uuid', array: true, name: 'model_ids' }) modelIds: string[];
  @Column({ type: 'text', array: true, name: 'model_names' }) modelNames: string[];
  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', default: () => 'now()' }) createdAt: Date;
  @Column({ type: 'timestamptz', precision: 3, name: 'updated_at', default: () => 'now()' }) updatedAt: Date;
  @Column({ type: 'text', name: 'created_by' }) createdBy: string;
  @Column({ type: 'timestamptz', precision: 3, name: 'deleted_at', nullable: true }) deletedAt: Date | null;
  /** When its last replica had ended. */
  @Column({ type: 'timestamptz', precision: 3, name: 'gone_at', nullable: true }) goneAt: Date | null;
}

/** Replicas that a service shall have: the autoscaler's number while it is on, else the user's. */
export const replicasOf = ({ scaledReplicas, settings }: Pick<ServiceEntity, 'scaledReplicas' | 'settings'>): number =>
  scaledReplicas ?? settings.numReplicas;
