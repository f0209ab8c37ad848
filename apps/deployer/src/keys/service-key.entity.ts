import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { KeyType } from '#slipway/contracts';

/** A key of a service: its text sealed, its hash for the routers. */
@Entity({ name: 'service_key' })
export class ServiceKeyEntity {
  @PrimaryColumn({ type: 'uuid', name: 'service_id', primaryKeyConstraintName: 'service_key_pkey' }) serviceId: string;
  @PrimaryColumn({ type: 'text', name: 'type', primaryKeyConstraintName: 'service_key_pkey' }) type: KeyType;
  @Column({ type: 'text', name: 'key_id' }) keyId: string;
  @Column({ type: 'text', name: 'sealed' }) sealed: string;
  @Column({ type: 'text', name: 'sha256' }) sha256: string;
  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', default: () => 'now()' }) createdAt: Date;
}
