import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { Digest } from '#slipway/oci';
import { bigint, createdAt } from '../columns.js';

@Entity('model')
@Unique('model_version', ['account', 'name', 'version'])
@Index('model_page', ['account', 'createdAt', 'id'])
export class ModelRow {
  @PrimaryColumn({ type: 'uuid' })
  id: string;
  @Column({ type: 'text' })
  account: string;
  @Column({ type: 'text' })
  name: string;
  @Column({ type: 'integer' })
  version: number;
  @Column({ type: 'integer', name: 'row_version' })
  rowVersion: number;
  @Column({ type: 'text', name: 'mime_type' })
  mimeType: string;
  @Column({ type: 'boolean' })
  unpack: boolean;
  @Column({ type: 'text', array: true })
  tags: string[];
  @Column({ type: 'text', nullable: true })
  description: string | null;
  @Column({ type: 'text' })
  digest: Digest;
  @Column({ type: 'text', name: 'content_digest', nullable: true })
  contentDigest: Digest | null;
  @Column(bigint('size'))
  size: number;
  @Column({ type: 'text' })
  path: string;
  @Column(createdAt)
  createdAt: Date;
  @Column({ type: 'text', name: 'created_by' })
  createdBy: string;
}
