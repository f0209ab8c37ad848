import { PlatformTables1764000000000, type SchemaDefinition } from '#slipway/platform';
import { ArchiveRow } from './archives/archive.entity.js';
import { BlobLinkRow, BlobRow } from './blobs/blob.entity.js';
import { UploadRow } from './blobs/upload.entity.js';
import { OciManifestRow, TagRow } from './distribution/oci-manifest.entity.js';
import { ManifestModelRow, ManifestRow } from './manifests/manifest.entity.js';
import { RegistryTables1764000002000 } from './migrations/1764000002000-registry-tables.js';
import { ModelRow } from './models/model.entity.js';
import { NameCounterRow } from './naming/name-counter.entity.js';

export const schema: SchemaDefinition = {
  entities: [
    BlobRow,
    BlobLinkRow,
    UploadRow,
    ArchiveRow,
    OciManifestRow,
    TagRow,
    ModelRow,
    ManifestRow,
    ManifestModelRow,
    NameCounterRow,
  ],
  migrations: [PlatformTables1764000000000, RegistryTables1764000002000],
};
