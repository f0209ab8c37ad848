import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreateManifest, GetManifest, GetModel, ListManifests, ListModels, RegisterModel } from '#slipway/contracts';
import { digestHex, type DistributionClient, mediaTypes } from '#slipway/oci';
import type { RunningService } from '#slipway/platform';
import { eventually, makeStage, pack, type Packed, packed, push, type Stage } from './fixture.js';

describe('registry', () => {
  let stage: Stage;
  let registry: RunningService;
  let client: DistributionClient;
  const upload = (blob: Packed) => push(client, 'acme/uploads', blob);

  beforeAll(async () => {
    stage = await makeStage();
    registry = await stage.start();
    client = stage.client(registry.url);
  });
  afterAll(() => stage.close());

  it('should register an uploaded model, publish the fact, and give its bytes back as an artifact', async () => {
    const blob = await upload(await pack({ 'outputs/model.pkl': 'weights' }));
    const model = await stage.send(RegisterModel, { name: 'iris', url: blob.url, tags: ['a'] });
    expect(model).toMatchObject({
      name: 'iris',
      version: 1,
      path: 'outputs/model.pkl',
      digest: blob.digest,
      size: blob.bytes.length,
    });
    expect(digestHex(model.contentDigest as `sha256:${string}`)).toHaveLength(64);

    const artifact = await client.getManifest('acme/models', model.id);
    const document = JSON.parse(artifact.bytes.toString()) as { layers: { digest: string; mediaType: string }[] };
    expect(document.layers).toEqual([{ digest: blob.digest, mediaType: mediaTypes.layer, size: blob.bytes.length }]);
    const { stream } = await client.getBlob('acme/models', blob.digest);
    expect(Buffer.concat(await stream.toArray())).toEqual(blob.bytes);
    await eventually(async () => {
      const [row] = await stage.query<{ published_at: Date | null }>(
        `SELECT published_at FROM outbox WHERE event->>'subject' = $1`,
        [model.id],
      );
      expect(row?.published_at).toBeInstanceOf(Date);
    });
    expect(await stage.query('SELECT version FROM history WHERE kind = $1 AND id = $2', ['model', model.id])).toHaveLength(1);
  });

  it('should create a manifest that pins models, files, Python and platform', async () => {
    const [model, script] = [
      await upload(await pack({ 'model.pkl': 'm' })),
      await upload(await pack({ 'src/score.py': 'def run(x): return x' })),
    ];
    const conda = await upload(packed(Buffer.from('dependencies:\n  - python=3.12\n  - pip: [scikit-learn]\n')));
    const { id } = await stage.send(RegisterModel, { name: 'pinned', url: model.url });
    const manifest = await stage.send(CreateManifest, {
      name: 'first',
      driverProgram: 'driver',
      assets: [{ id: 'driver', url: script.url }],
      targetRuntime: { properties: { condaEnvFile: conda.url } },
      modelIds: ['pinned:1'],
    });
    expect(manifest).toMatchObject({ version: 1, entry: 'src/score.py', schemaPath: null, modelIds: [id], python: '3.12' });
    expect(manifest.assets).toEqual([expect.objectContaining({ id: 'driver', digest: script.digest, path: 'src/score.py' })]);
    expect(await stage.send(GetManifest, { ref: 'first' })).toEqual(manifest);
    expect((await stage.send(ListManifests, { modelId: id })).value).toEqual([manifest]);
    expect((await stage.send(ListManifests, { modelId: 'iris' })).value).toEqual([]);
    expect(await stage.send(GetModel, { ref: 'pinned' })).toMatchObject({ id });
    expect((await stage.send(ListModels, { name: 'pinned' })).value).toHaveLength(1);
  });
});
