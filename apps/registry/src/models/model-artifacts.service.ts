import { Injectable } from '@nestjs/common';
import { emptyConfig } from '#slipway/oci';
import type { Transaction } from '#slipway/platform';
import { BlobsRepository } from '../blobs/blobs.repository.js';
import { BlobsService } from '../blobs/blobs.service.js';
import { parseManifestDocument } from '../distribution/oci-manifest.document.js';
import { OciManifestsService } from '../distribution/oci-manifests.service.js';
import { modelsOf } from '../distribution/repository-name.js';
import { buildModelArtifact } from './model.mapping.js';
import type { ModelRow } from './model.entity.js';

/** Models as `/v2/<account>/models` shows them: an OCI artifact each, with the model's id as its tag. */
@Injectable()
export class ModelArtifacts {
  constructor(
    private readonly service: BlobsService,
    private readonly blobs: BlobsRepository,
    private readonly manifests: OciManifestsService,
  ) {}

  /** The config that all artifacts share is there before the first of them. */
  async prepare(): Promise<void> {
    await this.service.put(emptyConfig.bytes);
  }

  async publish(tx: Transaction, model: ModelRow): Promise<void> {
    const repository = modelsOf(model.account);
    const { bytes, descriptor } = buildModelArtifact(model);
    for (const digest of [emptyConfig.descriptor.digest, model.digest]) await this.blobs.link(tx, repository, digest);
    await this.manifests.store(tx, repository, model.id, parseManifestDocument(bytes, descriptor.mediaType), bytes);
  }
}
