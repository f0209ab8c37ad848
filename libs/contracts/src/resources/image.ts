import { z } from 'zod';
import { ResourceError } from '../errors.js';
import { AppPath, AsyncState, Description, Digest, DnsName, Id, Timestamp } from '../primitives.js';
import { Manifest, Platform, PythonVersion } from './manifest.js';
import { ModelPin } from './model.js';

export const Image = z.object({
  id: Id,
  name: DnsName,
  version: z.int().positive(),
  description: z.string().nullable(),
  imageType: z.literal('Docker'),
  /** `<account>/<name>:<version>` in the installation's own registry; null until it is built. */
  imageLocation: z.string().nullable(),
  /** Digest of the OCI image manifest; null until it is built. */
  digest: Digest.nullable(),
  /** Relative URL of the build's log. */
  imageBuildLogUri: z.string(),
  creationState: AsyncState,
  createdTime: Timestamp,
  createdBy: z.string(),
  computeResourceId: z.string().nullable(),
  manifestId: Id,
  /** The manifest as it was when the image was asked for. */
  manifest: Manifest,
  error: ResourceError.nullable(),
});
export type Image = z.infer<typeof Image>;

/** What a revision needs to run an image, and keeps of it. */
export const ImagePin = z.object({
  id: Id,
  name: DnsName,
  version: z.int().positive(),
  digest: Digest,
  repository: z.string(),
  manifestId: Id,
  manifestName: z.string(),
  manifestVersion: z.int().positive(),
  entry: AppPath,
  schemaPath: AppPath.nullable(),
  python: PythonVersion,
  platform: Platform,
  models: z.array(ModelPin),
});
export type ImagePin = z.infer<typeof ImagePin>;

export const ImageRequest = z.strictObject({
  name: DnsName,
  /** Id, name or `name:version` of a manifest. */
  manifestId: z.string().min(1).max(320),
  imageType: z.literal('Docker').default('Docker'),
  computeResourceId: z.string().max(320).optional(),
  description: Description.optional(),
});
