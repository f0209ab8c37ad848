import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { Manifest } from '#slipway/contracts';
import { createdAt } from '../columns.js';
import { ModelRow } from '../models/model.entity.js';

@Entity('manifest')
@Unique('manifest_version', ['account', 'name', 'version'])
@Index('manifest_page', ['account', 'createdAt', 'id'])
export class ManifestRow {
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
  @Column({ type: 'text', nullable: true })
  description: string | null;
  @Column({ type: 'text', name: 'driver_program' })
  driverProgram: string;
  @Column({ type: 'text' })
  entry: string;
  @Column({ type: 'text', name: 'schema_path', nullable: true })
  schemaPath: string | null;
  @Column({ type: 'jsonb' })
  assets: Manifest['assets'];
  @Column({ type: 'jsonb', name: 'target_runtime' })
  targetRuntime: Manifest['targetRuntime'];
  /** The models as they were when the manifest was made. */
  @Column({ type: 'jsonb' })
  models: Manifest['models'];
  @Column({ type: 'text' })
  python: string;
  @Column({ type: 'text' })
  platform: Manifest['platform'];
  @Column(createdAt)
  createdAt: Date;
  @Column({ type: 'text', name: 'created_by' })
  createdBy: string;
}

/** Which manifests pin a model. */
@Entity('manifest_model')
@Index('manifest_model_model', ['modelId'])
export class ManifestModelRow {
  @PrimaryColumn({ type: 'uuid', name: 'manifest_id' })
  @ForeignKey(() => ManifestRow, { name: 'FK_manifest_model_manifest' })
  manifestId: string;
  @PrimaryColumn({ type: 'uuid', name: 'model_id' })
  @ForeignKey(() => ModelRow, { name: 'FK_manifest_model_model' })
  modelId: string;
}
