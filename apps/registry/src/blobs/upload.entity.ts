import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { createdAt } from '../columns.js';

/** An upload that has begun; how far it is, only the blob store knows. */
@Entity('upload')
@Index('upload_updated_at', ['updatedAt'])
export class UploadRow {
  @PrimaryColumn({ type: 'uuid' })
  id: string;
  @Column({ type: 'text' })
  repository: string;
  @Column(createdAt)
  createdAt: Date;
  @Column({ ...createdAt, name: 'updated_at' })
  updatedAt: Date;
}
