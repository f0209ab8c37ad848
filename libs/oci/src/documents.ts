import { digestOf, isDigest, type Digest } from './digest.js';
import { OciFormatError } from './errors.js';
import {
  fixedCreated,
  mediaTypes,
  type Descriptor,
  type ImageConfig,
  type ImageIndex,
  type ImageManifest,
  type Platform,
} from './types.js';

/** A manifest or config as it is stored: its exact bytes and the descriptor that names them. */
export interface OciDocument<T> {
  value: T;
  bytes: Buffer;
  descriptor: Descriptor;
}

/** JSON without white space, keys sorted at every level, absent values left out: one text for one value. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}

/** The artifact config `{}` of the OCI specification. */
export const emptyConfig: OciDocument<Record<string, never>> = toDocument({}, mediaTypes.empty);

export interface ConfigInput {
  platform: Platform;
  /** Digests of the uncompressed layers, lowest first. */
  diffIds: readonly Digest[];
  env?: Record<string, string>;
  entrypoint?: readonly string[];
  cmd?: readonly string[];
  workingDir?: string;
  user?: string;
  exposedPorts?: readonly string[];
  labels?: Record<string, string>;
  /** What each layer is, in the order of `diffIds`. */
  history?: readonly string[];
}

/** An image config with the fixed time. */
export function buildConfig(input: ConfigInput): OciDocument<ImageConfig> {
  const value: ImageConfig = {
    ...input.platform,
    created: fixedCreated,
    config: {
      User: input.user,
      ExposedPorts: input.exposedPorts && Object.fromEntries(input.exposedPorts.map((port) => [port, {}])),
      Env:
        input.env &&
        Object.entries(input.env)
          .map(([name, text]) => `${name}=${text}`)
          .sort(),
      Entrypoint: input.entrypoint && [...input.entrypoint],
      Cmd: input.cmd && [...input.cmd],
      WorkingDir: input.workingDir,
      Labels: input.labels,
    },
    rootfs: { type: 'layers', diff_ids: [...input.diffIds] },
    history: input.history?.map((created_by) => ({ created: fixedCreated, created_by })),
  };
  return toDocument(value, mediaTypes.config);
}

export interface ManifestInput {
  config: Descriptor;
  layers: readonly Descriptor[];
  artifactType?: string;
  subject?: Descriptor;
  annotations?: Record<string, string>;
}

/** An image or artifact manifest. */
export function buildManifest(input: ManifestInput): OciDocument<ImageManifest> {
  const value: ImageManifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, ...input, layers: [...input.layers] };
  return toDocument(value, mediaTypes.manifest);
}

/**
 * The manifest in these bytes; throws `OciFormatError` unless it has the form of an OCI image manifest. Docker's schema 2 has that
 * form too: its layers are given the names of OCI.
 */
export function parseManifest(bytes: Uint8Array): ImageManifest {
  const value = parseObject(bytes, 'manifest');
  if (value.schemaVersion !== 2) throw new OciFormatError('the manifest has no schemaVersion 2');
  if (value.mediaType !== undefined && value.mediaType !== mediaTypes.manifest && value.mediaType !== mediaTypes.dockerManifest) {
    throw new OciFormatError(`the manifest has the media type ${JSON.stringify(value.mediaType)}, not ${mediaTypes.manifest}`);
  }
  checkDescriptor(value.config, 'config');
  if (!Array.isArray(value.layers)) throw new OciFormatError('the manifest has no list of layers');
  for (const [at, layer] of value.layers.entries()) checkDescriptor(layer, `layers[${at}]`);
  if (value.subject !== undefined) checkDescriptor(value.subject, 'subject');
  const layers = (value.layers as Descriptor[]).map((layer) =>
    layer.mediaType === mediaTypes.dockerLayer ? { ...layer, mediaType: mediaTypes.layerGzip } : layer,
  );
  return { ...value, layers, mediaType: mediaTypes.manifest } as ImageManifest;
}

/** The index of images in these bytes, Docker's lists too; throws `OciFormatError` unless it is one. */
export function parseIndex(bytes: Uint8Array): ImageIndex {
  const value = parseObject(bytes, 'index');
  if (!Array.isArray(value.manifests)) throw new OciFormatError('the index has no list of manifests');
  for (const [at, manifest] of value.manifests.entries()) checkDescriptor(manifest, `manifests[${at}]`);
  return { ...value, mediaType: mediaTypes.index } as unknown as ImageIndex;
}

/** The image config in these bytes; throws `OciFormatError` unless it names a platform and the digests of its layers. */
export function parseConfig(bytes: Uint8Array): ImageConfig {
  const value = parseObject(bytes, 'image config');
  const rootfs = value.rootfs as { type?: unknown; diff_ids?: unknown } | undefined;
  if (rootfs?.type !== 'layers' || !Array.isArray(rootfs.diff_ids) || !rootfs.diff_ids.every(isDigest)) {
    throw new OciFormatError('the image config has no rootfs.diff_ids of sha256 digests');
  }
  if (typeof value.architecture !== 'string' || typeof value.os !== 'string')
    throw new OciFormatError('the image config names no architecture and os');
  return value as unknown as ImageConfig;
}

function toDocument<T>(value: T, mediaType: string): OciDocument<T> {
  const bytes = Buffer.from(canonicalJson(value));
  return { value, bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

function parseObject(bytes: Uint8Array, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new OciFormatError(`the ${what} is not JSON`, { cause: error });
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new OciFormatError(`the ${what} is not a JSON object`);
  return value as Record<string, unknown>;
}

function checkDescriptor(value: unknown, where: string): void {
  const descriptor = (value ?? {}) as Partial<Record<keyof Descriptor, unknown>>;
  if (typeof descriptor.mediaType !== 'string') throw new OciFormatError(`the manifest's ${where} has no mediaType`);
  if (!isDigest(descriptor.digest)) throw new OciFormatError(`the manifest's ${where} has no sha256 digest`);
  if (!Number.isSafeInteger(descriptor.size) || (descriptor.size as number) < 0)
    throw new OciFormatError(`the manifest's ${where} has no size`);
}
