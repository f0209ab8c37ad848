import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Image } from '#slipway/contracts';
import {
  buildConfig,
  buildManifest,
  type Descriptor,
  digestOf,
  layOutCanonicalTar,
  mediaTypes,
  type TarEntry,
} from '#slipway/oci';
import { uuidv7 } from '#slipway/platform';

const runtimeSource = readFileSync(path.join(import.meta.dirname, 'serve.py'));

/** A process needs no operating system: who fetches this layer fails. */
const absentBase: Descriptor = {
  mediaType: mediaTypes.layer,
  digest: digestOf('an operating system'),
  size: 20,
  annotations: { 'io.slipway.layer': 'base' },
};

/** The reading half of `/v2/`, from memory, with images whose runtime is the small one beside this file. */
export class FakeRegistry {
  readonly images = new Map<string, Image>();
  private readonly content = new Map<string, Buffer>();
  /** Requests for blobs that were answered, by digest. */
  readonly served = new Map<string, number>();
  /** Root file system of the images added from now on; without one they run only as processes. */
  base: Descriptor | undefined;
  authorizations = new Set<string | undefined>();
  private server: Server | undefined;

  async listen(port = 0): Promise<string> {
    this.server = createServer((request, response) => {
      this.authorizations.add(request.headers.authorization);
      const reference = /\/(?:blobs|manifests)\/(sha256:[0-9a-f]{64})$/.exec(request.url ?? '')?.[1];
      const bytes = reference === undefined ? undefined : this.content.get(reference);
      if (!bytes || reference === undefined) return void response.writeHead(404).end();
      this.served.set(reference, (this.served.get(reference) ?? 0) + 1);
      const type = request.url!.includes('/manifests/') ? mediaTypes.manifest : mediaTypes.octetStream;
      response.writeHead(200, { 'content-type': type, 'content-length': bytes.length }).end(bytes);
    });
    await new Promise<void>((resolve) => this.server!.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise<unknown>((resolve) => (this.server?.listening ? this.server.close(resolve) : resolve(undefined)));
  }

  /** An image with these files below `/app`, in two layers, and the small runtime, on a base that is not there. */
  async addImage(name: string, version: number, files: Record<string, string>, more: Partial<Image> = {}): Promise<Image> {
    const layers = [
      this.base ?? absentBase,
      await this.addLayer({ 'opt/slipway/deps/somelib.py': 'value = 1\n' }),
      await this.addLayer({
        'opt/slipway/runtime/slipway/__init__.py': '',
        'opt/slipway/runtime/slipway/serve.py': runtimeSource,
      }),
      await this.addLayer(Object.fromEntries(Object.entries(files).map(([file, text]) => [`app/${file}`, text]))),
      await this.addLayer({ 'app/outputs/model.txt': `model of ${name}:${version}\n` }),
    ];
    const config = buildConfig({
      platform: { architecture: 'amd64', os: 'linux' },
      diffIds: layers.map((layer) => layer.digest),
      env: {
        PYTHONPATH: '/opt/slipway/deps:/opt/slipway/runtime',
        AML_APP_ROOT: '/app',
        SLIPWAY_ENTRY: 'score.py',
        FROM_IMAGE: 'yes',
      },
      entrypoint: ['python', '-m', 'slipway.serve'],
      workingDir: '/app',
    });
    const manifest = buildManifest({ config: config.descriptor, layers });
    for (const document of [config, manifest]) this.content.set(document.descriptor.digest, document.bytes);
    return this.record(name, version, manifest.descriptor.digest, more);
  }

  /** From now on the layers of an image are served with one byte changed. */
  flipOneByteOfLayers(digest: string): void {
    const manifest = JSON.parse(this.content.get(digest)!.toString()) as { layers: Descriptor[] };
    for (const layer of manifest.layers.slice(3)) {
      const bytes = Buffer.from(this.content.get(layer.digest)!);
      bytes[600] = bytes[600]! ^ 1;
      this.content.set(layer.digest, bytes);
    }
  }

  addBase(tar: Buffer): void {
    const digest = digestOf(tar);
    this.content.set(digest, tar);
    this.base = { mediaType: mediaTypes.layer, digest, size: tar.length };
  }

  private async addLayer(files: Record<string, string | Buffer>): Promise<Descriptor> {
    const entries = Object.entries(files).map(([file, text]): TarEntry => {
      const bytes = Buffer.from(text);
      return { path: file, kind: 'file', size: bytes.length, open: (start = 0) => Readable.from([bytes.subarray(start)]) };
    });
    const chunks: Buffer[] = [];
    for await (const chunk of (await layOutCanonicalTar(entries)).open()) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const digest = digestOf(bytes);
    this.content.set(digest, bytes);
    return { mediaType: mediaTypes.layer, digest, size: bytes.length };
  }

  private record(name: string, version: number, digest: string, more: Partial<Image>): Image {
    const manifestId = uuidv7();
    const model = { id: uuidv7(), name: `${name}-model`, version, digest, path: 'outputs/model.txt', size: 1 };
    const now = new Date().toISOString();
    const image: Image = {
      id: uuidv7(),
      name,
      version,
      description: null,
      imageType: 'Docker',
      imageLocation: `acme/${name}:${version}`,
      digest,
      imageBuildLogUri: '/log',
      creationState: 'Succeeded',
      createdTime: now,
      createdBy: 'token:test',
      computeResourceId: null,
      manifestId,
      manifest: {
        id: manifestId,
        name: `${name}-manifest`,
        version,
        description: null,
        driverProgram: 'score',
        entry: 'score.py',
        schemaPath: null,
        assets: [],
        targetRuntime: { runtimeType: 'Python', properties: {} },
        modelIds: [model.id],
        models: [model],
        modelType: 'Registered',
        webserviceType: 'Realtime',
        python: '3.11',
        platform: 'linux/amd64',
        createdTime: now,
        createdBy: 'token:test',
      },
      error: null,
      ...more,
    };
    this.images.set(image.id, image);
    this.images.set(`${name}:${version}`, image);
    this.images.set(name, image);
    return image;
  }
}
