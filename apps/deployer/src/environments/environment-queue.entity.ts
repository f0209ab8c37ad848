import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An environment that is to be set up, changed or taken down. */
@Entity({ name: 'environment_queue' })
export class EnvironmentQueueEntity {
  @PrimaryColumn({ type: 'uuid', name: 'environment_id', primaryKeyConstraintName: 'environment_queue_pkey' })
  environmentId: string;
  @Column({ type: 'timestamptz', precision: 3, name: 'due_at', nullable: true }) dueAt: Date | null;
  @Column({ type: 'timestamptz', precision: 3, name: 'lease_until', nullable: true }) leaseUntil: Date | null;
  @Column({ type: 'integer', name: 'lease_epoch' }) leaseEpoch: number;
  /** Tries so far of what is to be done. */
  @Column({ type: 'integer', name: 'attempts' }) attempts: number;
}
