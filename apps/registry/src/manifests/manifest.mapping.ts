import { type DataOf, type Manifest, type ManifestCreated, Platform } from '#slipway/contracts';
import type { ManifestRow } from './manifest.entity.js';

export function toManifest(row: ManifestRow): Manifest {
  const { id, name, version, description, driverProgram, entry, schemaPath, assets, targetRuntime, models } = row;
  const { python, platform, createdBy } = row;
  return {
    id,
    name,
    version,
    description,
    driverProgram,
    entry,
    schemaPath,
    assets,
    targetRuntime,
    modelIds: models.map((model) => model.id),
    models,
    modelType: 'Registered',
    webserviceType: 'Realtime',
    python,
    platform,
    createdTime: row.createdAt.toISOString(),
    createdBy,
  };
}

export function toManifestCreated({ id, name, version, entry, modelIds, assets }: Manifest): DataOf<typeof ManifestCreated> {
  return { id, name, version, entry, modelIds, assets: assets.map((asset) => asset.digest) };
}

/** The platform of this machine, which every image is for that is built here. */
export function ownPlatform(architecture: string = process.arch): Manifest['platform'] {
  return Platform.parse(`linux/${architecture === 'x64' ? 'amd64' : architecture}`);
}
