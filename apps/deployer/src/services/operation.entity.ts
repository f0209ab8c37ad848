import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { AsyncState, Operation, ResourceError } from '#slipway/contracts';

/** One change of a service or an environment, from its request to its end. */
@Entity({ name: 'operation' })
@Index('operation_service', ['serviceId', 'createdAt'])
@Index('operation_environment', ['environmentId'])
export class OperationEntity {
  @PrimaryColumn({ type: 'text', name: 'id', primaryKeyConstraintName: 'operation_pkey' }) id: string;
  @Column({ type: 'text', name: 'account' }) account: string;
  @Column({ type: 'text', name: 'kind' }) kind: Operation['operationType'];
  /** The one of the two that it is about. */
  @Column({ type: 'uuid', name: 'service_id', nullable: true }) serviceId: string | null;
  @Column({ type: 'uuid', name: 'environment_id', nullable: true }) environmentId: string | null;
  @Column({ type: 'integer', name: 'generation' }) generation: number;
  @Column({ type: 'text', name: 'state' }) state: AsyncState;
  @Column({ type: 'text', name: 'progress', nullable: true }) progress: string | null;
  /** When something last came further; a rollout that stands still for too long has failed. */
  @Column({ type: 'timestamptz', precision: 3, name: 'progress_at', default: () => 'now()' }) progressAt: Date;
  @Column({ type: 'jsonb', name: 'error', nullable: true }) error: ResourceError | null;
  @Column({ type: 'text', name: 'actor' }) actor: string;
  @Column({ type: 'text', name: 'correlation_id' }) correlationId: string;
  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', default: () => 'now()' }) createdAt: Date;
  @Column({ type: 'timestamptz', precision: 3, name: 'ended_at', nullable: true }) endedAt: Date | null;
}
