import { z } from 'zod';
import { AppPath, Description, Digest, DisplayName, Id, Timestamp } from '../primitives.js';
import { BlobUrl, ModelPin } from './model.js';

export const RuntimeType = z.enum(['Python', 'SparkPython']);

/** A file or folder that goes with the entry script: a canonical tar below `app/`. */
export const Asset = z.object({ id: z.string().min(1).max(64), url: BlobUrl, mimeType: z.string(), unpack: z.boolean() });
export type Asset = z.infer<typeof Asset>;

/** An asset as the registry knows it after it has read the archive. */
export const AssetPin = Asset.extend({ digest: Digest, path: AppPath, size: z.int().nonnegative() });
export type AssetPin = z.infer<typeof AssetPin>;

export const TargetRuntime = z.object({
  runtimeType: RuntimeType,
  /** URLs of the dependency files, raw text, not archives. */
  properties: z.object({ pipRequirements: BlobUrl.optional(), condaEnvFile: BlobUrl.optional() }).default({}),
});

/** Python's minor version, `3.<n>`. */
export const PythonVersion = z.string().regex(/^3\.\d{1,2}$/, 'a Python version is 3.<minor>');
export const Platform = z.enum(['linux/amd64', 'linux/arm64']);

export const Manifest = z.object({
  id: Id,
  name: DisplayName,
  version: z.int().positive(),
  description: z.string().nullable(),
  /** Id of the asset that is the entry script. */
  driverProgram: z.string(),
  /** The entry script below `/app`, for example `src/score.py`. */
  entry: AppPath,
  /** The schema file below `/app`, when there is one. */
  schemaPath: AppPath.nullable(),
  assets: z.array(AssetPin),
  targetRuntime: TargetRuntime,
  modelIds: z.array(Id),
  models: z.array(ModelPin),
  modelType: z.literal('Registered'),
  webserviceType: z.literal('Realtime'),
  python: PythonVersion,
  platform: Platform,
  createdTime: Timestamp,
  createdBy: z.string(),
});
export type Manifest = z.infer<typeof Manifest>;

export const ManifestCreation = z.strictObject({
  name: DisplayName,
  description: Description.optional(),
  driverProgram: z.string().min(1).max(64),
  /** Id of the asset that is the schema file made by `generate_schema`. */
  schemaAsset: z.string().min(1).max(64).optional(),
  assets: z
    .array(
      z.strictObject({
        id: z.string().min(1).max(64),
        url: BlobUrl,
        mimeType: z.string().max(255).default('application/octet-stream'),
        unpack: z.boolean().default(true),
      }),
    )
    .min(1)
    .max(500),
  targetRuntime: z.strictObject({
    runtimeType: RuntimeType.default('Python'),
    properties: z.strictObject({ pipRequirements: BlobUrl.optional(), condaEnvFile: BlobUrl.optional() }).default({}),
  }),
  modelIds: z.array(z.string().min(1).max(320)).max(100).default([]),
  modelType: z.literal('Registered').default('Registered'),
  webserviceType: z.literal('Realtime').default('Realtime'),
});
