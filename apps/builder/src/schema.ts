import { PlatformTables1764000000000, type SchemaDefinition } from '#slipway/platform';
import { BuildRow, LayerCacheRow, ManifestLockRow, ResolutionRow } from './builds/build.entity.js';
import { ImageRow, NameCounterRow, OperationRow } from './images/image.entity.js';
import { BaseLayers1764102000000 } from './migrations/1764102000000-base-layers.js';
import { Images1764000002000 } from './migrations/1764000002000-images.js';

export const schema: SchemaDefinition = {
  entities: [ImageRow, OperationRow, NameCounterRow, BuildRow, ManifestLockRow, ResolutionRow, LayerCacheRow],
  migrations: [PlatformTables1764000000000, Images1764000002000, BaseLayers1764102000000],
};
