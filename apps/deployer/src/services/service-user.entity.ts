import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The user id that runs a service's replicas, when the installation runs as root. */
@Entity({ name: 'service_user' })
@Index('service_user_service', ['serviceId'], { unique: true })
export class ServiceUserEntity {
  @PrimaryColumn({ type: 'integer', name: 'uid', primaryKeyConstraintName: 'service_user_pkey' }) uid: number;
  @Column({ type: 'uuid', name: 'service_id' }) serviceId: string;
}
