import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { AsyncState, Manifest, ResourceError } from '#slipway/contracts';
import { BuildRow } from '../builds/build.entity.js';

const time = (name: string) => ({ type: 'timestamptz' as const, precision: 3, name });
const createdAt = { ...time('created_at'), default: () => 'now()' };

const stateCheck = `state IN ('NotStarted', 'Running', 'Cancelled', 'Succeeded', 'Failed')`;

@Entity('image')
@Check('image_state_check', stateCheck)
@Index('image_account_name_version', ['account', 'name', 'version'], { unique: true })
@Index('image_account_created_at', ['account', 'createdAt', 'id'])
@Index('image_account_manifest', ['account', 'manifestId'])
@Index('image_build', ['buildId'])
export class ImageRow {
  @PrimaryColumn({ type: 'uuid', default: () => 'uuidv7()' })
  id: string;
  @Column({ type: 'text' })
  account: string;
  @Column({ type: 'text' })
  name: string;
  @Column({ type: 'integer' })
  version: number;
  @Column({ type: 'text', nullable: true })
  description: string | null;
  @Column({ type: 'text', name: 'compute_resource_id', nullable: true })
  computeResourceId: string | null;
  @Column({ type: 'uuid', name: 'manifest_id' })
  manifestId: string;
  @Column({ type: 'text', name: 'manifest_name' })
  manifestName: string;
  @Column({ type: 'integer', name: 'manifest_version' })
  manifestVersion: number;
  @Column({ type: 'jsonb' })
  manifest: Manifest;
  /** The build that makes it, shared by images of one manifest. */
  @ForeignKey(() => BuildRow, 'id', { name: 'image_build_id_fkey' })
  @Column({ type: 'uuid', name: 'build_id' })
  buildId: string;
  @Column({ type: 'text' })
  state: AsyncState;
  @Column({ type: 'text', nullable: true })
  digest: string | null;
  @Column({ type: 'jsonb', nullable: true })
  error: ResourceError | null;
  @Column({ type: 'text', name: 'correlation_id' })
  correlationId: string;
  @Column({ type: 'text', name: 'created_by' })
  createdBy: string;
  @Column(createdAt)
  createdAt: Date;
  @Column({ type: 'integer', name: 'row_version' })
  rowVersion: number;
}

@Entity('operation')
@Check('operation_state_check', stateCheck)
@Index('operation_image', ['imageId'])
export class OperationRow {
  /** `image-<uuid>`. */
  @PrimaryColumn({ type: 'text' })
  id: string;
  @Column({ type: 'text' })
  account: string;
  @ForeignKey(() => ImageRow, 'id', { name: 'operation_image_id_fkey', onDelete: 'CASCADE' })
  @Column({ type: 'uuid', name: 'image_id' })
  imageId: string;
  @Column({ type: 'text' })
  state: AsyncState;
  @Column({ type: 'text', nullable: true })
  progress: string | null;
  @Column({ type: 'jsonb', nullable: true })
  error: ResourceError | null;
  @Column(createdAt)
  createdAt: Date;
  @Column({ ...time('end_time'), nullable: true })
  endTime: Date | null;
}

/** The last version given to a name; never falls, so that no version is used twice. */
@Entity('name_counter')
export class NameCounterRow {
  @PrimaryColumn({ type: 'text' })
  account: string;
  @PrimaryColumn({ type: 'text' })
  name: string;
  @Column({ type: 'integer' })
  last: number;
}
