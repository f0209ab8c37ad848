import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A service that wants to be looked at, and who is looking. */
@Entity({ name: 'work_queue' })
export class WorkItemEntity {
  @PrimaryColumn({ type: 'uuid', name: 'service_id', primaryKeyConstraintName: 'work_queue_pkey' }) serviceId: string;
  @Column({ type: 'uuid', name: 'environment_id' }) environmentId: string;
  /** Null while nothing is due. */
  @Column({ type: 'timestamptz', precision: 3, name: 'due_at', nullable: true }) dueAt: Date | null;
  @Column({ type: 'timestamptz', precision: 3, name: 'lease_until', nullable: true }) leaseUntil: Date | null;
  /** Rises with each taking; a holder whose number is not the row's any more writes nothing. */
  @Column({ type: 'integer', name: 'lease_epoch' }) leaseEpoch: number;
}
