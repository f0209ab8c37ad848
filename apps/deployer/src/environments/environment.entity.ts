import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Environment, ResourceError } from '#slipway/contracts';

/** Where services run. `account` is null for the installation's own, which every account may use. */
@Entity({ name: 'environment' })
@Index('environment_name', ['name'], { unique: true })
@Index('environment_default', ['isDefault'], { unique: true, where: 'is_default' })
export class EnvironmentEntity {
  @PrimaryColumn({ type: 'uuid', name: 'id', primaryKeyConstraintName: 'environment_pkey' }) id: string;
  @Column({ type: 'text', name: 'account', nullable: true }) account: string | null;
  @Column({ type: 'text', name: 'name' }) name: string;
  @Column({ type: 'text', name: 'target' }) target: Environment['target'];
  @Column({ type: 'text', name: 'isolation' }) isolation: Environment['isolation'];
  @Column({ type: 'boolean', name: 'is_default' }) isDefault: boolean;
  @Column({ type: 'text', name: 'provisioning_state' }) provisioningState: Environment['provisioningState'];
  @Column({ type: 'jsonb', name: 'error', nullable: true }) error: ResourceError | null;
  /** One for each part that failed when it was last set up. */
  @Column({ type: 'jsonb', name: 'provisioning_errors', default: [] }) provisioningErrors: ResourceError[];
  /** The deployer whose machine a process environment is bound to, and when it last said so. */
  @Column({ type: 'uuid', name: 'node_id', nullable: true }) nodeId: string | null;
  @Column({ type: 'timestamptz', precision: 3, name: 'node_seen_at', nullable: true }) nodeSeenAt: Date | null;
  /** How it was set up, without anything secret; read by its target. */
  @Column({ type: 'jsonb', name: 'config', default: {} }) config: Record<string, unknown>;
  /** What opens its cluster or engine, sealed. */
  @Column({ type: 'text', name: 'credentials_sealed', nullable: true }) credentialsSealed: string | null;
  /** Rises with every change: a target made from an older row is made anew. */
  @Column({ type: 'integer', name: 'row_version' }) rowVersion: number;
  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', default: () => 'now()' }) createdAt: Date;
}
