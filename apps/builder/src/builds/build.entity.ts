import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Manifest } from '#slipway/contracts';
import type { BuildResult } from '../assembly/build-result.js';

const asNumber = { to: (value: number | undefined) => value, from: (value: string) => Number(value) };
const time = (name: string) => ({ type: 'timestamptz' as const, precision: 3, name });
const createdAt = { ...time('created_at'), default: () => 'now()' };

/** One build per manifest; the row is also its place in the work queue. */
@Entity('build')
@Index('build_account_input', ['account', 'inputDigest'], { unique: true })
@Index('build_due', ['dueAt'], { where: 'due_at IS NOT NULL' })
@Check('build_state_check', `state IN ('queued', 'built', 'failed')`)
export class BuildRow {
  @PrimaryColumn({ type: 'uuid', default: () => 'uuidv7()' })
  id: string;
  @Column({ type: 'text' })
  account: string;
  @Column({ type: 'text', name: 'input_digest' })
  inputDigest: string;
  @Column({ type: 'jsonb' })
  manifest: Manifest;
  @Column({ type: 'text' })
  state: 'queued' | 'built' | 'failed';
  @Column({ type: 'jsonb', nullable: true })
  result: BuildResult | null;
  /** Tries that ended without a verdict, since it was last asked for. */
  @Column({ type: 'integer', default: 0 })
  attempts: number;
  /** When it is to be worked on; null when nothing waits for it. */
  @Column({ ...time('due_at'), nullable: true })
  dueAt: Date | null;
  @Column({ ...time('lease_until'), nullable: true })
  leaseUntil: Date | null;
  /** Rises with each taking; writes of an earlier holder are refused. */
  @Column({ type: 'bigint', name: 'lease_epoch', default: 0, transformer: asNumber })
  leaseEpoch: number;
  @Column({ type: 'text', name: 'lease_owner', nullable: true })
  leaseOwner: string | null;
  @Column(createdAt)
  createdAt: Date;
}

/** What a manifest's dependencies resolved to at its first build; fixed from then on. */
@Entity('manifest_lock')
export class ManifestLockRow {
  @PrimaryColumn({ type: 'uuid', name: 'manifest_id' })
  manifestId: string;
  @Column({ type: 'text' })
  account: string;
  @Column({ type: 'text' })
  lock: string;
  @Column({ type: 'text', name: 'lock_digest' })
  lockDigest: string;
  /** Key of the runtime layer. */
  @Column({ type: 'text', name: 'runtime_key' })
  runtimeKey: string;
  /** What the image stands on, as its provider wrote it down. */
  @Column({ type: 'text', default: 'none' })
  base: string;
  @Column(createdAt)
  createdAt: Date;
}

/** A resolver's answer, reused for a while by manifests with the same requirements. */
@Entity('resolution')
@Index('resolution_created_at', ['createdAt'])
export class ResolutionRow {
  @PrimaryColumn({ type: 'text' })
  key: string;
  @Column({ type: 'text' })
  lock: string;
  @Column(createdAt)
  createdAt: Date;
}

/** A layer that was made from inputs with this digest, and where it lies. */
@Entity('layer_cache')
@Check('layer_cache_kind_check', `kind IN ('base', 'dependencies', 'runtime')`)
export class LayerCacheRow {
  @PrimaryColumn({ type: 'text' })
  key: string;
  @Column({ type: 'text' })
  kind: 'base' | 'dependencies' | 'runtime';
  @Column({ type: 'text' })
  digest: string;
  @Column({ type: 'text', name: 'diff_id' })
  diffId: string;
  @Column({ type: 'bigint', transformer: asNumber })
  size: number;
  @Column({ type: 'text', name: 'media_type' })
  mediaType: string;
  @Column({ type: 'text' })
  repository: string;
  /** Top-level names that can be imported from it. */
  @Column({ type: 'jsonb' })
  modules: string[];
  @Column(createdAt)
  createdAt: Date;
}
