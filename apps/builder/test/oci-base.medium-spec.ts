import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson, type Digest, digestOf, mediaTypes } from '#slipway/oci';
import { account, Stage } from './fixture.js';

const script = 'def init():\n    pass\n\ndef run(raw):\n    return raw\n';

/** A registry that gives tokens to everybody, with an image in Docker's forms. */
class OtherRegistry {
  private readonly content = new Map<string, { type: string; bytes: Buffer }>();
  private server: Server;
  host: string;

  async listen(): Promise<void> {
    this.server = createServer((request, response) => {
      const url = new URL(request.url!, `http://${this.host}`);
      const json = (status: number, value: object, headers = {}): void =>
        void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
      if (url.pathname === '/token') return json(200, { token: `for ${url.searchParams.get('scope')}` });
      const challenge = `Bearer realm="http://${this.host}/token",service="other"`;
      if (request.headers.authorization !== 'Bearer for repository:library/python:pull')
        return json(401, { errors: [] }, { 'www-authenticate': challenge });
      const found = this.content.get(url.pathname.split('/').at(-1)!);
      if (!found) return json(404, { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'unknown' }] });
      response.writeHead(200, { 'content-type': found.type, 'content-length': found.bytes.length }).end(found.bytes);
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  add(type: string, bytes: Buffer): { mediaType: string; digest: Digest; size: number } {
    const digest = digestOf(bytes);
    this.content.set(digest, { type, bytes });
    return { mediaType: type, digest, size: bytes.length };
  }

  /** The setting that names an image with this layer for the platform of this machine. */
  image(layer: Buffer, diffId: Digest, pythonVersion: string): string {
    const platform = { architecture: process.arch === 'arm64' ? 'arm64' : 'amd64', os: 'linux' };
    const Env = [`PYTHON_VERSION=${pythonVersion}`, 'PATH=/usr/local/bin:/usr/bin'];
    const config = { ...platform, config: { Env }, rootfs: { type: 'layers', diff_ids: [diffId] } };
    const document = {
      schemaVersion: 2,
      mediaType: mediaTypes.dockerManifest,
      config: this.add('application/vnd.docker.container.image.v1+json', Buffer.from(canonicalJson(config))),
      layers: [this.add(mediaTypes.dockerLayer, layer)],
    };
    const manifest = this.add(mediaTypes.dockerManifest, Buffer.from(canonicalJson(document)));
    const index = { schemaVersion: 2, mediaType: mediaTypes.dockerIndex, manifests: [{ ...manifest, platform }] };
    const { digest } = this.add(mediaTypes.dockerIndex, Buffer.from(canonicalJson(index)));
    return `oci:${this.host}/library/python@${digest}`;
  }
}

describe('base of another registry', () => {
  const other = new OtherRegistry();
  let stage: Stage;
  let layer: { bytes: Buffer; diffId: Digest; digest: Digest };

  beforeAll(async () => {
    stage = await Stage.open();
    await other.listen();
    await stage.startBuilder({ SLIPWAY_BASE: 'debian' });
    const image = await stage.build((await stage.manifest({ script })).id, 'debian');
    const { layers, config } = await stage.document(image);
    const { stream } = await stage.store.getBlob(`${account}/debian`, layers[0]!.digest);
    const bytes = Buffer.concat(await stream.toArray());
    layer = { bytes, diffId: config.rootfs.diff_ids[0]!, digest: layers[0]!.digest };
  });
  afterAll(async () => {
    await stage.close();
    await other.close();
  });

  const buildOn = async (base: string, text: string, name = 'foreign') => {
    await stage.builder.stop('SIGTERM');
    await stage.startBuilder({ SLIPWAY_BASE: base });
    return stage.build((await stage.manifest({ script: text })).id, name);
  };

  it('should be copied once and stand below the layers of the image, with its variables', async () => {
    const base = other.image(layer.bytes, layer.diffId, `${stage.python}.99`);
    const image = await buildOn(base, `# first\n${script}`);
    expect(image, await stage.log(image.id)).toMatchObject({ creationState: 'Succeeded' });
    const { layers, config } = await stage.document(image);
    expect(layers[0]).toMatchObject({
      digest: layer.digest,
      mediaType: mediaTypes.layerGzip,
      annotations: { 'io.slipway.layer': 'base' },
    });
    expect(config.rootfs.diff_ids[0]).toBe(layer.diffId);
    expect(config.config.Labels['io.slipway.base']).toBe(base);
    expect(config.config.Env).toEqual(expect.arrayContaining(['PATH=/usr/local/bin:/usr/bin', 'AML_APP_ROOT=/app']));
    expect((await stage.filesOf(image, layers[0]!)).has('etc/passwd')).toBe(true);
    const second = await buildOn(base, `# second\n${script}`);
    expect(await stage.log(second.id)).toContain(`the base layer ${layer.digest} is reused`);
  });

  it('should stay the one of the first build when the setting changes', async () => {
    const base = other.image(layer.bytes, layer.diffId, `${stage.python}.98`);
    const manifest = await stage.manifest({ script: `# pinned\n${script}` });
    await stage.builder.stop('SIGTERM');
    await stage.startBuilder({ SLIPWAY_BASE: base });
    const first = await stage.build(manifest.id, 'pinned');
    await stage.builder.stop('SIGTERM');
    await stage.query('UPDATE build SET result = NULL');
    await stage.startBuilder({ SLIPWAY_BASE: 'none' });
    expect((await stage.build(manifest.id, 'pinned')).digest).toBe(first.digest);
  });

  it('should be refused with another Python or an unknown digest, by one clear message', async () => {
    const wrong = await buildOn(other.image(layer.bytes, layer.diffId, '3.9.1'), `# wrong\n${script}`);
    expect(wrong.error).toMatchObject({ code: 'python_missing', message: expect.stringContaining('has Python 3.9.1') });
    const absent = `oci:${other.host}/library/python@sha256:${'0'.repeat(64)}`;
    const missing = await buildOn(absent, `# absent\n${script}`);
    expect(missing.error).toMatchObject({
      code: 'bad_gateway',
      message: expect.stringContaining(`the base ${absent} cannot be used`),
    });
  });
});
