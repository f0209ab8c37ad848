import { z } from 'zod';
import { AppPath, Description, Digest, DisplayName, Id, Tags, Timestamp } from '../primitives.js';

/** `blob:sha256:<hex>`: a blob that the account uploaded to `/v2/<account>/uploads`. */
export const BlobUrl = z
  .string()
  .regex(/^blob:sha256:[0-9a-f]{64}$/, 'a url is blob:sha256: and 64 lower-case hexadecimal digits');

export const Model = z.object({
  id: Id,
  name: DisplayName,
  /** Starts at 1 and rises by 1 for each registration under one name. */
  version: z.int().positive(),
  url: z.string(),
  mimeType: z.string(),
  unpack: z.boolean(),
  tags: Tags,
  description: z.string().nullable(),
  /** Digest of the canonical tar; a layer of each image that holds the model. */
  digest: Digest,
  /** What `sha256sum` prints for a model that is one file; null for a folder. */
  contentDigest: Digest.nullable(),
  /** Bytes of the canonical tar. */
  size: z.int().nonnegative(),
  /** Where it lies below `/app`. */
  path: AppPath,
  createdAt: Timestamp,
  createdBy: z.string(),
});
export type Model = z.infer<typeof Model>;

/** What manifests, images and services keep of a model. */
export const ModelPin = Model.pick({ id: true, name: true, version: true, digest: true, path: true, size: true });
export type ModelPin = z.infer<typeof ModelPin>;

export const ModelRegistration = z.strictObject({
  name: DisplayName,
  url: BlobUrl,
  mimeType: z.string().max(255).default('application/octet-stream'),
  unpack: z.boolean().default(true),
  tags: Tags.default([]),
  description: Description.optional(),
});
