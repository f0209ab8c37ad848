import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Digest } from '#slipway/oci';
import { bigint, createdAt } from '../columns.js';

/** Bytes in the blob store, once each whoever uploaded them. */
@Entity('blob')
export class BlobRow {
  @PrimaryColumn({ type: 'text' })
  digest: Digest;
  @Column(bigint('size'))
  size: number;
  @Column(createdAt)
  createdAt: Date;
}

/** A repository's right to a blob: nobody reads a blob without one. */
@Entity('blob_link')
@Index('blob_link_digest', ['digest'])
export class BlobLinkRow {
  @PrimaryColumn({ type: 'text' })
  repository: string;
  @PrimaryColumn({ type: 'text' })
  @ForeignKey(() => BlobRow, { name: 'FK_blob_link_blob' })
  digest: Digest;
  @Column(createdAt)
  createdAt: Date;
}
