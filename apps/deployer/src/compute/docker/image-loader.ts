import { Readable } from 'node:stream';
import type { ImagePin } from '#slipway/contracts';
import { type Descriptor, type DistributionClient, layOutCanonicalTar, parseManifest, type TarEntry } from '#slipway/oci';
import { DomainError } from '#slipway/platform';
import type { DockerEngine } from './docker-engine.adapter.js';

const loadMs = 15 * 60_000;

/**
 * Brings images from Slipway's registry into an engine, which need not reach the registry nor know its credentials. An
 * image is known by its config's digest, never by a tag.
 */
export class ImageLoader {
  constructor(
    private readonly engine: DockerEngine,
    private readonly registry: DistributionClient,
  ) {}

  /** Returns the engine's id of the image. What counts is that the engine shows it, not what a load says. */
  async ensure(image: ImagePin): Promise<string> {
    const manifest = parseManifest((await this.registry.getManifest(image.repository, image.digest)).bytes);
    const id = manifest.config.digest;
    if (await this.has(id)) return id;
    const blobs = new Map([manifest.config, ...manifest.layers].map((blob) => [blob.digest, blob]));
    const index = [{ Config: fileOf(manifest.config), RepoTags: null, Layers: manifest.layers.map(fileOf) }];
    const tar = await layOutCanonicalTar([
      ...[...blobs.values()].map((blob) => this.entry(image.repository, blob)),
      textEntry('manifest.json', JSON.stringify(index)),
    ]);
    const { status, body } = await this.engine.call('POST', '/images/load?quiet=1', tar.open(), loadMs);
    if (await this.has(id)) return id;
    const words = body.toString('utf8', 0, 500).trim();
    throw new DomainError(
      'unprocessable',
      `image ${image.name}:${image.version} could not be loaded into the Docker Engine (status ${status}): ${words}`,
    );
  }

  private async has(id: string): Promise<boolean> {
    const { status, body } = await this.engine.call('GET', `/images/${id}/json`);
    return status === 200 && (JSON.parse(body.toString()) as { Id?: string }).Id === id;
  }

  private entry(repository: string, blob: Descriptor): TarEntry {
    const registry = this.registry;
    async function* read(): AsyncGenerator<Buffer> {
      const { stream } = await registry.getBlob(repository, blob.digest);
      yield* stream as AsyncIterable<Buffer>;
    }
    return { path: fileOf(blob), kind: 'file', size: blob.size, open: () => Readable.from(read()) };
  }
}

const fileOf = (blob: Descriptor): string => `blobs/sha256/${blob.digest.slice('sha256:'.length)}`;

function textEntry(path: string, text: string): TarEntry {
  const bytes = Buffer.from(text);
  return { path, kind: 'file', size: bytes.length, open: () => Readable.from([bytes]) };
}
