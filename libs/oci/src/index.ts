export { digestHex, digestOf, isDigest, parseDigest, sha256Stream, Sha256Stream, type Digest } from './digest.js';
export { ArchiveError, DigestMismatchError, DistributionError, OciFormatError } from './errors.js';
export { checkEntryPath, defaultArchiveLimits, targetPathOf, type ArchiveLimits } from './entry-path.js';
export {
  layOutCanonicalTar,
  writeCanonicalTar,
  type CanonicalTar,
  type TarDirectory,
  type TarEntry,
  type TarFile,
} from './canonical-tar.js';
export { collectEntries } from './collect-entries.js';
export { CanonicalTarChecker, checkCanonicalTar, type ArchiveSummary, type CheckOptions } from './checking-reader.js';
export type { EntryHeader } from './tar-header.js';
export { writeRootTar, type RootEntry } from './root-tar.js';
export { dsseMediaType, openEnvelope, signEnvelope } from './dsse.js';
export { removeUnpacked, unpackLayer, type UnpackOptions } from './unpack.js';
export { gzipLayer, type GzippedLayer } from './gzip.js';
export {
  fixedCreated,
  mediaTypes,
  type Descriptor,
  type ImageConfig,
  type ImageIndex,
  type ImageManifest,
  type Platform,
} from './types.js';
export {
  buildConfig,
  buildManifest,
  canonicalJson,
  emptyConfig,
  parseConfig,
  parseIndex,
  parseManifest,
  type ConfigInput,
  type ManifestInput,
  type OciDocument,
} from './documents.js';
export { DistributionClient, type StoredManifest } from './client.js';
export type { DistributionClientOptions } from './transport.js';
export type { BlobDownload, ByteRange } from './download.js';
export type { BlobSource, PushOptions, PushOutcome } from './upload.js';
