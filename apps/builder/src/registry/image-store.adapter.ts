import { createReadStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import {
  buildManifest,
  type Descriptor,
  type Digest,
  digestOf,
  DistributionClient,
  DistributionError,
  dsseMediaType,
  emptyConfig,
  mediaTypes,
  signEnvelope,
  unpackLayer,
} from '#slipway/oci';
import { DomainError } from '#slipway/platform';
import type { BuildResult, Layer } from '../assembly/build-result.js';
import { statementMediaType } from '../assembly/provenance.js';
import { sbomMediaType } from '../assembly/sbom.js';

/** A layer is no longer where it was; it has to be made again. */
export class LayerMissingError extends Error {
  override readonly name = 'LayerMissingError';

  constructor(readonly layer: Pick<Layer, 'kind' | 'digest' | 'repository'>) {
    super(`the ${layer.kind} layer ${layer.digest} is no longer in ${layer.repository}`);
  }
}

const maxTextBytes = 2 ** 20;

/** The registry, through its distribution API. */
export class ImageStore {
  /** @param signingKeyFile Ed25519, PKCS #8 PEM; without it images get no signed statement */
  constructor(
    private readonly client: DistributionClient,
    private readonly signingKeyFile?: string,
  ) {}

  async has(repository: string, digest: Digest, signal: AbortSignal): Promise<boolean> {
    return (await this.client.headBlob(repository, digest, { signal })) !== undefined;
  }

  /** A small text that an account uploaded. @throws DomainError `not_found`, `payload_too_large`, `bad_request` */
  async readText(repository: string, digest: Digest, what: string, signal: AbortSignal): Promise<string> {
    const found = await this.client.headBlob(repository, digest, { signal });
    if (!found) throw new DomainError('not_found', `${what} (${digest}) is no longer in the registry; create the manifest again`);
    if (found.size > maxTextBytes)
      throw new DomainError('payload_too_large', `${what} is larger than 1 MiB; it should be a list of packages`);
    const { stream } = await this.client.getBlob(repository, digest, { signal });
    const bytes = Buffer.concat(await stream.toArray());
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (error) {
      throw new DomainError('bad_request', `${what} is not UTF-8 text; save it as UTF-8 and create the manifest again`, [], {
        cause: error,
      });
    }
  }

  /** Unpacks a canonical tar that an account uploaded into a folder which must not exist. */
  async unpack(repository: string, blob: { digest: Digest; size: number }, folder: string, signal: AbortSignal): Promise<void> {
    const { stream } = await this.client.getBlob(repository, blob.digest, { signal });
    await unpackLayer(stream, folder, { layer: { mediaType: mediaTypes.layer, ...blob }, diffId: blob.digest, signal });
  }

  async pushFile(repository: string, blob: { digest: Digest; size: number }, file: string, signal: AbortSignal): Promise<void> {
    await this.client.pushBlob(repository, { ...blob, open: (start) => createReadStream(file, { start }) }, { signal });
  }

  async pushBytes(repository: string, bytes: Buffer, signal: AbortSignal): Promise<Digest> {
    const digest = digestOf(bytes);
    const open = (start: number): Readable => Readable.from([bytes.subarray(start)]);
    await this.client.pushBlob(repository, { digest, size: bytes.length, open }, { signal });
    return digest;
  }

  /** Makes an image readable under a repository and a tag; layers are linked, never sent again. @throws LayerMissingError */
  async publish(repository: string, tag: string, result: BuildResult, signal: AbortSignal): Promise<void> {
    await Promise.all([
      ...result.layers.map((layer) => this.link(repository, layer, signal)),
      this.pushBytes(repository, Buffer.from(result.config), signal),
    ]);
    const manifest = Buffer.from(result.manifest);
    const { digest } = await this.client.putManifest(repository, tag, manifest, mediaTypes.manifest, { signal });
    if (digest !== result.digest) throw new Error(`${repository}:${tag} was stored as ${digest}, not as ${result.digest}`);
    const subject = { mediaType: mediaTypes.manifest, digest: result.digest, size: manifest.length };
    await this.attach(repository, subject, { artifactType: sbomMediaType, mediaType: sbomMediaType, text: result.sbom }, signal);
    if (!this.signingKeyFile || result.statement === undefined) return;
    const key = readFileSync(this.signingKeyFile, 'utf8');
    const text = signEnvelope(statementMediaType, Buffer.from(result.statement), key);
    await this.attach(repository, subject, { artifactType: statementMediaType, mediaType: dsseMediaType, text }, signal);
  }

  private async link(repository: string, layer: Layer, signal: AbortSignal): Promise<void> {
    const open = (): Readable => {
      throw new LayerMissingError(layer);
    };
    await this.client.pushBlob(
      repository,
      { digest: layer.digest, size: layer.size, open },
      { mountFrom: layer.repository, signal },
    );
  }

  /** A document as an OCI referrer of the image. */
  private async attach(
    repository: string,
    subject: Descriptor,
    document: { artifactType: string; mediaType: string; text: string },
    signal: AbortSignal,
  ): Promise<void> {
    const bytes = Buffer.from(document.text);
    const [digest] = await Promise.all([
      this.pushBytes(repository, bytes, signal),
      this.pushBytes(repository, emptyConfig.bytes, signal),
    ]);
    const referrer = buildManifest({
      artifactType: document.artifactType,
      config: emptyConfig.descriptor,
      layers: [{ mediaType: document.mediaType, digest, size: bytes.length }],
      subject,
    });
    await this.client.putManifest(repository, referrer.descriptor.digest, referrer.bytes, mediaTypes.manifest, { signal });
  }
}

/** Whether a failure of the registry may be over in a while. */
export const isPassingRegistryFailure = (error: unknown): boolean =>
  error instanceof DistributionError &&
  (error.status === 0 || error.status === 408 || error.status === 429 || error.status >= 500) &&
  error.status !== 507;
