import type { Model, ModelPin } from '#slipway/contracts';
import { buildManifest, emptyConfig, mediaTypes, type OciDocument, type ImageManifest } from '#slipway/oci';
import type { ModelRow } from './model.entity.js';

export const modelArtifactType = 'application/vnd.slipway.model.v1';

export function toModel(row: ModelRow): Model {
  const { id, name, version, mimeType, unpack, tags, description, digest, contentDigest, size, path, createdBy } = row;
  const createdAt = row.createdAt.toISOString();
  return {
    id,
    name,
    version,
    url: `blob:${digest}`,
    mimeType,
    unpack,
    tags,
    description,
    digest,
    contentDigest,
    size,
    path,
    createdAt,
    createdBy,
  };
}

export function toModelPin({ id, name, version, digest, path, size }: ModelPin): ModelPin {
  return { id, name, version, digest, path, size };
}

/** The model as others fetch it: an OCI artifact with the archive as its one layer. */
export function buildModelArtifact(model: Pick<ModelPin, 'id' | 'version' | 'digest' | 'size'>): OciDocument<ImageManifest> {
  return buildManifest({
    artifactType: modelArtifactType,
    config: emptyConfig.descriptor,
    layers: [{ mediaType: mediaTypes.layer, digest: model.digest as `sha256:${string}`, size: model.size }],
    annotations: { 'io.slipway.model.id': model.id, 'io.slipway.model.version': String(model.version) },
  });
}
