import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * `Starting` → `Ready` → `Draining` (out of the route, may still answer) → `Stopping` (told to end) → `Gone`;
 * `Failed` holds the place of one that died until its successor starts.
 */
export type ReplicaState = 'Starting' | 'Ready' | 'Draining' | 'Stopping' | 'Failed' | 'Gone';

/** One start of one replica: a restart is a new row, so that an id is never answered by two processes. */
@Entity({ name: 'replica' })
@Index('replica_service', ['serviceId', 'createdAt'])
@Index('replica_live', ['serviceId'], { where: `state <> 'Gone'` })
export class ReplicaEntity {
  @PrimaryColumn({ type: 'uuid', name: 'id', primaryKeyConstraintName: 'replica_pkey' }) id: string;
  @Column({ type: 'uuid', name: 'service_id' }) serviceId: string;
  @Column({ type: 'uuid', name: 'revision_id' }) revisionId: string;
  @Column({ type: 'integer', name: 'revision' }) revision: number;
  @Column({ type: 'uuid', name: 'node_id' }) nodeId: string;
  @Column({ type: 'text', name: 'state' }) state: ReplicaState;
  @Column({ type: 'timestamptz', precision: 3, name: 'state_since', default: () => 'now()' }) stateSince: Date;
  /** Starts before this one in its place. */
  @Column({ type: 'integer', name: 'restarts' }) restarts: number;
  /** Crashes in a row without a good while between them; sets the back-off. */
  @Column({ type: 'integer', name: 'crashes' }) crashes: number;
  @Column({ type: 'timestamptz', precision: 3, name: 'retry_at', nullable: true }) retryAt: Date | null;
  /** What its target knows it by; null until it was started. */
  @Column({ type: 'text', name: 'identity', nullable: true }) identity: string | null;
  @Column({ type: 'text', name: 'host', nullable: true }) host: string | null;
  @Column({ type: 'integer', name: 'port', nullable: true }) port: number | null;
  @Column({ type: 'integer', name: 'exit_code', nullable: true }) exitCode: number | null;
  /** The first route version without it; null for one that no route has named. */
  @Column({ type: 'integer', name: 'drain_version', nullable: true }) drainVersion: number | null;
  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', default: () => 'now()' }) createdAt: Date;
  @Column({ type: 'timestamptz', precision: 3, name: 'ready_at', nullable: true }) readyAt: Date | null;
  @Column({ type: 'timestamptz', precision: 3, name: 'ended_at', nullable: true }) endedAt: Date | null;
  /** Its folders are gone too. */
  @Column({ type: 'boolean', name: 'swept', default: false }) swept: boolean;
}
