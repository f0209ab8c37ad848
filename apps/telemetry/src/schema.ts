import { PlatformTables1764000000000, type SchemaDefinition } from '#slipway/platform';
import {
  CaptureCheckpointRow,
  CaptureGapRow,
  CaptureStreamRow,
  CollectedStreamRow,
  OpenFileRow,
} from './captures/capture.entity.js';
import { Captures1764000001000 } from './migrations/1764000001000-captures.js';

export const schema: SchemaDefinition = {
  entities: [CaptureCheckpointRow, CaptureStreamRow, CollectedStreamRow, OpenFileRow, CaptureGapRow],
  migrations: [PlatformTables1764000000000, Captures1764000001000],
};
