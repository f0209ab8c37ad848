import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Deployment, ImagePin, ResourceError, SecretRefs, Service } from '#slipway/contracts';

/** Settings whose change starts new replicas. */
export interface RevisionSettings {
  maxConcurrentRequestsPerContainer: number;
  scoringTimeoutMs: number;
  containerResourceReservation: Service['containerResourceReservation'];
  dataCollection: Service['dataCollection'];
  appInsightsEnabled: boolean;
}

const noSecrets = { variables: {}, files: {}, versions: {} };

/** What ran, numbered within its service and never changed: the original's deployment record. */
@Entity({ name: 'revision' })
@Index('revision_number', ['serviceId', 'number'], { unique: true })
@Index('revision_page', ['account', 'createdAt', 'id'])
export class RevisionEntity {
  @PrimaryColumn({ type: 'uuid', name: 'id', primaryKeyConstraintName: 'revision_pkey' }) id: string;
  @Column({ type: 'text', name: 'account' }) account: string;
  @Column({ type: 'uuid', name: 'service_id' }) serviceId: string;
  @Column({ type: 'text', name: 'service_name' }) serviceName: string;
  @Column({ type: 'integer', name: 'number' }) number: number;
  @Column({ type: 'jsonb', name: 'image' }) image: ImagePin;
  @Column({ type: 'jsonb', name: 'settings' }) settings: RevisionSettings;
  @Column({ type: 'text', name: 'env_sealed', nullable: true }) envSealed: string | null;
  @Column({ type: 'text', array: true, name: 'env_names' }) envNames: string[];
  /** Names of secrets by variable and by file, and the version of each that it was made with. */
  @Column({ type: 'jsonb', name: 'secrets', default: noSecrets }) secrets: SecretRefs & { versions: Record<string, string> };
  @Column({ type: 'text', name: 'secrets_sealed', nullable: true }) secretsSealed: string | null;
  @Column({ type: 'text', name: 'status' }) status: Deployment['status'];
  @Column({ type: 'jsonb', name: 'error', nullable: true }) error: ResourceError | null;
  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', default: () => 'now()' }) createdAt: Date;
  @Column({ type: 'text', name: 'created_by' }) createdBy: string;
  @Column({ type: 'timestamptz', precision: 3, name: 'expired_at', nullable: true }) expiredAt: Date | null;
}
