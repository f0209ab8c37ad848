import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Digest } from '#slipway/oci';
import { createdAt } from '../columns.js';

/** A manifest as it was pushed, byte for byte. */
@Entity('oci_manifest')
@Index('oci_manifest_subject', ['repository', 'subject'], { where: '"subject" IS NOT NULL' })
export class OciManifestRow {
  @PrimaryColumn({ type: 'text' })
  repository: string;
  @PrimaryColumn({ type: 'text' })
  digest: Digest;
  @Column({ type: 'text', name: 'media_type' })
  mediaType: string;
  @Column({ type: 'text', name: 'artifact_type', nullable: true })
  artifactType: string | null;
  @Column({ type: 'text', nullable: true })
  subject: Digest | null;
  @Column({ type: 'jsonb', nullable: true })
  annotations: Record<string, string> | null;
  @Column({ type: 'bytea' })
  bytes: Buffer;
  @Column({ type: 'integer' })
  size: number;
  @Column(createdAt)
  createdAt: Date;
}

@Entity('tag')
@ForeignKey(() => OciManifestRow, ['repository', 'digest'], ['repository', 'digest'], { name: 'FK_tag_manifest' })
export class TagRow {
  @PrimaryColumn({ type: 'text' })
  repository: string;
  @PrimaryColumn({ type: 'text', collation: 'C' })
  tag: string;
  @Column({ type: 'text' })
  digest: Digest;
  @Column(createdAt)
  createdAt: Date;
}
