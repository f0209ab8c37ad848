import { digestOf, isDigest, type Digest } from './digest.js';
import { openBlob, type BlobDownload, type ByteRange } from './download.js';
import { DigestMismatchError, DistributionError } from './errors.js';
import { Transport, type DistributionClientOptions } from './transport.js';
import { parseIndex } from './documents.js';
import { type Descriptor, mediaTypes } from './types.js';
import { Upload, type BlobSource, type PushOptions, type PushOutcome } from './upload.js';

export interface StoredManifest {
  mediaType: string;
  digest: Digest;
  bytes: Buffer;
}

const maxManifestBytes = 4 * 2 ** 20;

/**
 * A client of the OCI distribution API. Every call retries what may pass (no connection, 408, 429, 5xx) with jitter, checks digests
 * itself, and ends with a `DistributionError`, a `DigestMismatchError` or the signal's reason.
 */
export class DistributionClient {
  private readonly transport: Transport;

  constructor(private readonly options: DistributionClientOptions) {
    this.transport = new Transport(options);
  }

  /** The blob's size; undefined if the repository has no such blob. */
  async headBlob(
    repository: string,
    digest: Digest,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<{ size: number } | undefined> {
    const url = this.blobUrl(repository, digest);
    const answer = await this.transport
      .retry(signal)
      .run(() => this.transport.send({ method: 'HEAD', url, signal, expect: [200, 404] }));
    return answer.status === 404 ? undefined : { size: Number(answer.headers.get('content-length') ?? Number.NaN) };
  }

  /** The whole blob, verified at the stream's end, or a range of it, of which only the length can be. */
  getBlob(
    repository: string,
    digest: Digest,
    { range, signal }: { range?: ByteRange; signal?: AbortSignal } = {},
  ): Promise<BlobDownload> {
    return openBlob(this.transport, this.blobUrl(repository, digest), digest, range, signal);
  }

  pushBlob(repository: string, blob: BlobSource, options: PushOptions = {}): Promise<PushOutcome> {
    return new Upload(this.transport, repository, blob, options, this.options.chunkBytes).push();
  }

  /** By tag or digest; undefined if there is none. */
  async findManifest(
    repository: string,
    reference: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<StoredManifest | undefined> {
    const url = this.manifestUrl(repository, reference);
    const { manifest, index, dockerManifest, dockerIndex } = mediaTypes;
    const headers = { accept: [manifest, index, dockerManifest, dockerIndex].join(', ') };
    const found = await this.transport.retry(signal).run(async () => {
      const answer = await this.transport.send({ method: 'GET', url, headers, signal, expect: [200, 404] });
      if (answer.status === 200) return { answer, bytes: await answer.bytes(maxManifestBytes) };
      await answer.discard();
      return undefined;
    });
    if (!found) return undefined;
    const digest = digestOf(found.bytes);
    const promised = isDigest(reference) ? reference : found.answer.headers.get('docker-content-digest');
    if (isDigest(promised) && promised !== digest)
      throw new DigestMismatchError(`the manifest ${repository}:${reference}`, promised, digest);
    const mediaType = (found.answer.headers.get('content-type') ?? mediaTypes.manifest).split(';')[0]!.trim();
    return { mediaType, digest, bytes: found.bytes };
  }

  /** As `findManifest`, but an absent manifest is a `DistributionError` with status 404 and code `MANIFEST_UNKNOWN`. */
  async getManifest(repository: string, reference: string, options: { signal?: AbortSignal } = {}): Promise<StoredManifest> {
    const found = await this.findManifest(repository, reference, options);
    if (!found) throw new DistributionError(404, 'MANIFEST_UNKNOWN', `the registry has no manifest ${repository}:${reference}`);
    return found;
  }

  async putManifest(
    repository: string,
    reference: string,
    bytes: Uint8Array,
    mediaType: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<{ digest: Digest }> {
    const url = this.manifestUrl(repository, reference);
    const digest = digestOf(bytes);
    const send = () =>
      this.transport.send({ method: 'PUT', url, headers: { 'content-type': mediaType }, body: bytes, signal, expect: [201] });
    const answer = await this.transport.retry(signal).run(send);
    await answer.discard();
    const stored = answer.headers.get('docker-content-digest');
    if (isDigest(stored) && stored !== digest)
      throw new DigestMismatchError(`the manifest stored as ${repository}:${reference}`, digest, stored);
    return { digest };
  }

  /** Descriptors of the manifests that refer to a digest, of one artifact type. */
  async referrers(
    repository: string,
    digest: Digest,
    artifactType: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Descriptor[]> {
    const url = this.transport.url(`${repository}/referrers/${digest}`);
    url.searchParams.set('artifactType', artifactType);
    const bytes = await this.transport.retry(signal).run(async () => {
      const answer = await this.transport.send({ method: 'GET', url, signal, expect: [200] });
      return answer.bytes(maxManifestBytes);
    });
    // A registry may leave the filter out.
    return parseIndex(bytes).manifests.filter((each) => each.artifactType === artifactType);
  }

  private blobUrl(repository: string, digest: Digest): URL {
    return this.transport.url(`${repository}/blobs/${digest}`);
  }

  private manifestUrl(repository: string, reference: string): URL {
    return this.transport.url(`${repository}/manifests/${encodeURIComponent(reference).replaceAll('%3A', ':')}`);
  }
}
