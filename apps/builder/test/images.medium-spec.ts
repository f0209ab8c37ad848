import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreateImage, GetImage, ListImages } from '#slipway/contracts';
import { type Digest, openEnvelope, parseManifest } from '#slipway/oci';
import { uuidv7 } from '#slipway/platform';
import { account, Stage } from './fixture.js';

const plain = 'import json\n\ndef init():\n    pass\n\ndef run(raw):\n    return json.loads(raw)\n';
const withSix = `import six\n${plain}`;

describe('builder', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
    await stage.startBuilder();
  });
  afterAll(() => stage.close());

  it('should build an image by the contract of images', async () => {
    const model = await stage.model('weights', { 'outputs/model.pkl': 'weights' });
    const files = { 'helpers/text.py': 'import re\n\ndef words(t):\n    return re.split(" ", t)\n' };
    const script = `from helpers.text import words\n${withSix}`;
    const manifest = await stage.manifest({ script, files, models: [model], pip: ['six'] });
    const { id, operationId } = await stage.request(manifest.id);
    const image = await stage.finished(id);
    expect(image).toMatchObject({
      creationState: 'Succeeded',
      imageLocation: `${account}/iris:${image.version}`,
      error: null,
      manifestId: manifest.id,
    });
    const { layers, config } = await stage.document(image);
    expect(layers.map(({ annotations }) => annotations['io.slipway.layer'])).toEqual([
      'dependencies',
      'runtime',
      'code',
      'model',
    ]);
    expect(layers[3]?.digest).toBe(manifest.models[0]?.digest);
    expect(config.config).toMatchObject({ Entrypoint: ['python3', '-m', 'slipway.serve'], WorkingDir: '/app' });

    const [packages, runtime, code] = await Promise.all(layers.slice(0, 3).map((layer) => stage.filesOf(image, layer)));
    expect([...code!.keys()].sort()).toEqual(['app/helpers/text.py', 'app/score.py']);
    expect(code!.get('app/score.py')?.toString()).toBe(script);
    const cached = `cpython-${stage.python.replace('.', '')}.pyc`;
    expect([...packages!.keys()]).toEqual(
      expect.arrayContaining([
        'opt/slipway/deps/six.py',
        `opt/slipway/deps/__pycache__/six.${cached}`,
        expect.stringMatching(/deps\/six-.*\/RECORD$/),
      ]),
    );
    expect([...runtime!.keys()]).toEqual(
      expect.arrayContaining([
        'opt/slipway/runtime/slipway/serve.py',
        `opt/slipway/runtime/slipway/__pycache__/serve.${cached}`,
        'opt/slipway/runtime/orjson/__init__.py',
      ]),
    );
    expect([...packages!.keys(), ...runtime!.keys()].filter((name) => /\/bin\/|\.lock$/.test(name))).toEqual([]);

    expect(await stage.operation(operationId)).toMatchObject({
      state: 'Succeeded',
      operationType: 'Image',
      resourceLocation: `/api/v1/accounts/${account}/images/${id}`,
    });
    const states = await stage.query<{ doc: { creationState: string } }>(
      'SELECT doc FROM history WHERE id = $1 ORDER BY version',
      [id],
    );
    expect(states.map(({ doc }) => doc.creationState)).toEqual(['NotStarted', 'Running', 'Succeeded']);
    const events = await stage.query<{ type: string; sequence: number }>(
      `SELECT event->>'type' AS type, (event->>'sequence')::int AS sequence FROM outbox WHERE event->>'subject' = $1 ORDER BY seq`,
      [id],
    );
    expect(events).toEqual([
      { type: 'io.slipway.ImageRequested.v1', sequence: 1 },
      { type: 'io.slipway.ImageBuilt.v1', sequence: 3 },
    ]);
  });

  it('should hold all that its server needs', async () => {
    const script =
      'import six\nfrom azureml.api.schema.dataTypes import DataTypes\n\ndef init():\n    global word\n    word = six.__version__\n\ndef run(raw):\n    return word + raw\n';
    const image = await stage.build((await stage.manifest({ script, pip: ['six==1.17.0'] })).id, 'served');
    expect(await stage.score(image, '!')).toEqual({ status: 200, text: '"1.17.0!"' });
  });

  it('should attach a list of the packages to the image', async () => {
    const image = await stage.build((await stage.manifest({ script: withSix, pip: ['six==1.17.0'] })).id);
    const sbom = await stage.sbom(image);
    expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', components: [{ name: 'six', version: '1.17.0' }] });
  });

  it('should say by a signed statement what the image was made from', async () => {
    const model = await stage.model('proven', { 'm.bin': 'proven' });
    const manifest = await stage.manifest({ script: withSix, models: [model], pip: ['six==1.17.0'] });
    const image = await stage.build(manifest.id);
    const repository = `${account}/${image.name}`;
    const type = 'application/vnd.in-toto+json';
    const [referrer] = await stage.store.referrers(repository, image.digest as Digest, type);
    const { layers } = parseManifest((await stage.store.getManifest(repository, referrer!.digest)).bytes);
    const { stream } = await stage.store.getBlob(repository, layers[0]!.digest);
    const text = Buffer.concat(await stream.toArray()).toString();
    const publicKey = readFileSync(path.join(stage.home, 'public.pem'), 'utf8');
    const statement = JSON.parse(openEnvelope(text, type, [publicKey])!.toString()) as object;
    expect(statement).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { sha256: image.digest!.slice('sha256:'.length) } }],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: { buildDefinition: { externalParameters: { manifest: { id: manifest.id } } } },
    });
    expect(JSON.stringify(statement)).toContain(manifest.models[0]!.digest.slice('sha256:'.length));
  });

  it('should give the same manifest the same digest under every name, without building again', async () => {
    const manifest = await stage.manifest({ script: `# once\n${withSix}`, pip: ['six'] });
    const [first, second, third] = await Promise.all([
      stage.build(manifest.id, 'same'),
      stage.build(manifest.id, 'same'),
      stage.build(manifest.id, 'other'),
    ]);
    expect(new Set([first.digest, second.digest, third.digest]).size).toBe(1);
    expect([first.version, second.version].sort()).toEqual([1, 2]);
    expect(await stage.query('SELECT id FROM build WHERE manifest->>$1 = $2', ['id', manifest.id])).toHaveLength(1);
    const later = await stage.build(manifest.id, 'same');
    expect(later).toMatchObject({ digest: first.digest, version: 3 });
    expect(await stage.log(later.id)).toContain('this manifest was built before; that result is used');
  });

  it('should give equal content the same digest when everything is made anew', async () => {
    const parts = {
      script: `import orjson\n${withSix}`,
      pip: ['six', 'orjson'],
      models: [await stage.model('m', { 'm.bin': 'm' })],
    };
    const first = await stage.build((await stage.manifest(parts)).id, 'anew');
    await stage.query('DELETE FROM layer_cache');
    await stage.query('DELETE FROM resolution');
    const second = await stage.build((await stage.manifest(parts)).id, 'anew');
    expect(second.digest).toBe(first.digest);
    expect(await stage.log(second.id)).toContain('packing the dependencies layer');
  });

  it('should reuse the other layers for a new model and script, quickly', async () => {
    const build = async (serial: number) => {
      const model = await stage.model('quick', { 'model.pkl': `weights ${serial}` });
      const manifest = await stage.manifest({ script: `# ${serial}\n${withSix}`, models: [model], pip: ['six'] });
      const started = performance.now();
      const image = await stage.build(manifest.id, 'quick');
      return { ms: performance.now() - started, layers: (await stage.document(image)).layers, image };
    };
    const first = await build(1);
    const second = await build(2);
    expect(second.layers.slice(0, 2)).toEqual(first.layers.slice(0, 2));
    expect(second.layers[2]?.digest).not.toBe(first.layers[2]?.digest);
    expect(second.layers[3]?.digest).not.toBe(first.layers[3]?.digest);
    expect(second.image.digest).not.toBe(first.image.digest);
    expect(second.ms).toBeLessThan(5_000);
  });

  it('should check imports against reused layers too', async () => {
    await stage.build((await stage.manifest({ script: withSix, pip: ['six'] })).id, 'checked');
    const image = await stage.build((await stage.manifest({ script: `import yaml\n${withSix}`, pip: ['six'] })).id, 'checked');
    expect(image.error).toMatchObject({ code: 'missing_import', message: expect.stringContaining('score.py:1 imports yaml') });
  });

  it('should translate a conda file and say what it did', async () => {
    const conda = `channels: [conda-forge]\ndependencies:\n  - python=${stage.python}\n  - six=1.17\n  - libgcc\n  - pip:\n    - azureml.datacollector==0.1.0a13\n`;
    const script = `from azureml.datacollector import ModelDataCollector\n${withSix}`;
    const image = await stage.build((await stage.manifest({ script, conda })).id);
    expect(image).toMatchObject({ creationState: 'Succeeded' });
    const log = await stage.log(image.id);
    for (const note of [
      'as six==1.17.*',
      'libgcc is left out',
      'azureml-datacollector is left out, the runtime provides azureml',
      'channels are not used',
    ])
      expect(log).toContain(note);
  });

  it('should answer a repeated request with the first image, and refuse the key for another one', async () => {
    const manifest = await stage.manifest({ script: plain });
    const idempotencyKey = uuidv7();
    const first = await stage.request(manifest.id, 'repeated', stage.context({ idempotencyKey }));
    expect(await stage.request(manifest.id, 'repeated', stage.context({ idempotencyKey }))).toEqual(first);
    await expect(stage.request(manifest.id, 'changed', stage.context({ idempotencyKey }))).rejects.toMatchObject({
      code: 'idempotency_mismatch',
    });
    await stage.finished(first.id);
  });

  it('should find images by id, name and version, of their own account only', async () => {
    const manifest = await stage.manifest({ script: `# found\n${plain}` });
    const one = await stage.build(manifest.id, 'find-me');
    const two = await stage.build(manifest.id, 'find-me');
    expect(await stage.send(GetImage, { ref: 'find-me:1' })).toEqual(one);
    expect(await stage.send(GetImage, { ref: 'find-me' })).toEqual(two);
    await expect(stage.send(GetImage, { ref: 'find-me:3' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(stage.send(GetImage, { ref: one.id }, stage.context({ account: 'other' }))).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(stage.send(CreateImage, { name: 'abc', manifestId: uuidv7() })).rejects.toMatchObject({ code: 'not_found' });

    const page = await stage.send(ListImages, { imageName: 'find-me', count: 1 });
    expect(page.value).toEqual([two]);
    const rest = await stage.send(ListImages, { imageName: 'find-me', count: 1, skipToken: page.nextToken });
    expect(rest).toEqual({ value: [one] });
    expect((await stage.send(ListImages, { manifestId: `${manifest.name}:${manifest.version}` })).value).toEqual([two, one]);
    expect((await stage.send(ListImages, { manifestId: manifest.id })).value).toEqual([two, one]);
    expect((await stage.send(ListImages, { manifestId: 'no-manifest' })).value).toEqual([]);
  });

  it('should stream the log while the build runs, to its last line, and to its account only', async () => {
    const { id } = await stage.request((await stage.manifest({ script: `# log\n${withSix}`, pip: ['six'] })).id, 'logged');
    const followed = await stage.openLog(id, { follow: true });
    const text = await followed.text();
    const image = await stage.send(GetImage, { ref: id });
    expect(image.creationState).toBe('Succeeded');
    expect(text.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`image ${account}/logged:1 is ${image.digest}$`));
    expect(text).toContain('reading the script');
    expect((await stage.openLog(id, { account: 'other' })).status).toBe(404);
    expect((await stage.openLog(uuidv7())).status).toBe(404);
    expect((await fetch(`${stage.builder.url}/internal/images/${id}/log`)).status).toBe(401);
  });

  it('should store bytes whose hash is their name', async () => {
    const image = await stage.build((await stage.manifest({ script: `# bytes\n${plain}` })).id);
    for (const { digest, size } of (await stage.document(image)).layers) {
      const { stream } = await stage.store.getBlob(`${account}/${image.name}`, digest);
      const bytes = Buffer.concat(await stream.toArray());
      expect([`sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes.length]).toEqual([digest, size]);
    }
  });
});
