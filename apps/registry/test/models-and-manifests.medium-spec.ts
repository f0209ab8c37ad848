import { jetstream } from '@nats-io/jetstream';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bus,
  CreateManifest,
  type EventEnvelope,
  GetManifest,
  GetModel,
  ListManifests,
  ListModels,
  type Model,
  RegisterModel,
} from '#slipway/contracts';
import { digestOf, type DistributionClient, mediaTypes } from '#slipway/oci';
import { createDataSource, type RunningService } from '#slipway/platform';
import { schema } from '../src/schema.js';
import { eventually, makeStage, pack, type Packed, packed, push, type Stage } from './fixture.js';
import { hostileArchives } from './hostile-archives.js';

describe('models and manifests', () => {
  let stage: Stage;
  let registry: RunningService;
  let client: DistributionClient;
  let script: Packed;
  const upload = (blob: Packed) => push(client, 'acme/uploads', blob);
  const creation = (name: string, more: object = {}) => ({
    name,
    driverProgram: 'driver',
    assets: [{ id: 'driver', url: script.url }],
    targetRuntime: {},
    ...more,
  });

  beforeAll(async () => {
    stage = await makeStage();
    registry = await stage.start();
    client = stage.client(registry.url);
    script = await upload(await pack({ 'src/score.py': 'def run(x): return x' }));
  });
  afterAll(() => stage.close());

  describe('models', () => {
    it('should register an upload, tell it, and give its bytes back as an artifact', async () => {
      const blob = await upload(await pack({ 'outputs/model.pkl': 'weights' }));
      const model = await stage.send(RegisterModel, { name: 'iris', url: blob.url, tags: ['a'] });
      expect(model).toMatchObject({
        name: 'iris',
        version: 1,
        path: 'outputs/model.pkl',
        digest: blob.digest,
        size: blob.bytes.length,
      });
      expect(model).toMatchObject({
        contentDigest: digestOf('weights'),
        tags: ['a'],
        description: null,
        createdBy: 'token:test',
      });

      const artifact = await client.getManifest('acme/models', model.id);
      const document = JSON.parse(artifact.bytes.toString()) as { layers: object[] };
      expect(document.layers).toEqual([{ digest: blob.digest, mediaType: mediaTypes.layer, size: blob.bytes.length }]);
      const { stream } = await client.getBlob('acme/models', blob.digest);
      expect(Buffer.concat(await stream.toArray())).toEqual(blob.bytes);
      expect(await stage.query('SELECT version, doc FROM history WHERE id = $1', [model.id])).toEqual([
        { version: '1', doc: model },
      ]);
      await eventually(async () => expect(await factsOf(model.id)).toHaveLength(1));
      expect((await factsOf(model.id))[0]).toMatchObject({
        type: 'io.slipway.ModelRegistered.v1',
        sequence: 1,
        data: { version: 1, digest: blob.digest },
      });
    });

    it('should keep a folder as it is, without a digest of its content', async () => {
      const blob = await upload(
        await pack({ 'classifier/config.json': '{}', 'classifier/weights/w.bin': 'w', 'classifier/empty/': '' }),
      );
      expect(await stage.send(RegisterModel, { name: 'folder', url: blob.url })).toMatchObject({
        path: 'classifier',
        contentDigest: null,
      });
    });

    it('should number registrations at the same time 1 to n without gaps', async () => {
      const blobs = await Promise.all([1, 2, 3].map(async (at) => upload(await pack({ 'model.pkl': `v${at}` }))));
      const refused = stage.send(RegisterModel, { name: 'many', url: `blob:${digestOf('not there')}` }).catch(() => undefined);
      const models = await Promise.all(
        Array.from({ length: 40 }, (_, at) => stage.send(RegisterModel, { name: 'many', url: blobs[at % 3]!.url })),
      );
      await refused;
      expect(models.map((model) => model.version).sort((a, b) => a - b)).toEqual(models.map((_, at) => at + 1));
      expect(new Set(models.map((model) => model.id)).size).toBe(40);
    });

    it('should register once for one key, also for calls at the same time', async () => {
      const blob = await upload(await pack({ 'model.pkl': 'once' }));
      const ctx = stage.context();
      const body = { name: 'once', url: blob.url };
      const models = await Promise.all(Array.from({ length: 6 }, () => stage.send(RegisterModel, body, ctx)));
      expect(new Set(models.map((model) => JSON.stringify(model))).size).toBe(1);
      expect((await stage.send(ListModels, { name: 'once' })).value).toEqual([models[0]]);
      await expect(stage.send(RegisterModel, { ...body, name: 'twice' }, ctx)).rejects.toMatchObject({
        code: 'idempotency_mismatch',
      });
      const other = stage.context({ account: 'other', idempotencyKey: ctx.idempotencyKey });
      await expect(stage.send(RegisterModel, body, other)).rejects.toMatchObject({ code: 'not_found' });
    });

    it('should find a model by id, by name and by name:version, in its account only', async () => {
      const blob = await upload(await pack({ 'model.pkl': 'named' }));
      const [one, two, colon] = await inTurn(['named', 'named', 'named:1'], (name) =>
        stage.send(RegisterModel, { name, url: blob.url }),
      );
      for (const [ref, model] of [
        [one!.id, one],
        ['named', two],
        ['named:2', two],
        ['named:1', colon],
      ] as const)
        expect(await stage.send(GetModel, { ref })).toEqual(model);
      for (const ref of ['named:3', 'Named', two!.id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))])
        await expect(stage.send(GetModel, { ref })).rejects.toMatchObject({
          code: 'not_found',
          message: expect.stringContaining(ref) as string,
        });
      await expect(stage.send(GetModel, { ref: one!.id }, stage.context({ account: 'other' }))).rejects.toMatchObject({
        code: 'not_found',
      });
    });

    it.each(['-rf', 'constructor', '*', 'a.b.>', "x'; DROP TABLE model;--", '%', '\u202eevil', '😀', 'x'.repeat(255)])(
      'should take the name %s for what it is',
      async (name) => {
        const blob = await upload(await pack({ 'model.pkl': 'odd' }));
        const model = await stage.send(RegisterModel, { name, url: blob.url });
        expect(await stage.send(GetModel, { ref: name })).toEqual(model);
        expect((await stage.send(ListModels, { name })).value).toEqual([model]);
      },
    );

    it.each(['', 'a/b', 'a\u0000b', 'x'.repeat(256), 'cafe\u0301'])('should refuse the name %j', async (name) => {
      await expect(stage.send(RegisterModel, { name, url: script.url })).rejects.toMatchObject({ code: 'bad_request' });
    });

    it('should list in pages, newest first, by name and by tag', async () => {
      const blob = await upload(await pack({ 'model.pkl': 'listed' }));
      const models = await inTurn([1, 2, 3, 4, 5], (at) =>
        stage.send(RegisterModel, { name: 'listed', url: blob.url, tags: at % 2 ? ['odd', 'x'] : ['even'] }),
      );
      const seen: Model[] = [];
      for (let skipToken: string | undefined; ;) {
        const page = await stage.send(ListModels, { name: 'listed', count: 2, ...(skipToken ? { skipToken } : {}) });
        seen.push(...page.value);
        skipToken = page.nextToken;
        if (!skipToken) break;
      }
      expect(seen).toEqual(models.toReversed());
      expect((await stage.send(ListModels, { tag: 'odd' })).value.map((model) => model.version)).toEqual([5, 3, 1]);
      expect((await stage.send(ListModels, { name: 'listed' }, stage.context({ account: 'other' }))).value).toEqual([]);
      await expect(stage.send(ListModels, { skipToken: 'x' })).rejects.toMatchObject({ code: 'bad_request' });
    });

    it('should take only what the account itself uploaded', async () => {
      const blob = await push(client, 'other/uploads', await pack({ 'model.pkl': 'of another account' }));
      await expect(stage.send(RegisterModel, { name: 'stolen', url: blob.url })).rejects.toMatchObject({
        code: 'not_found',
        message: expect.stringContaining(blob.digest) as string,
      });
    });

    it.each(hostileArchives())('should refuse an archive with %s, and write nothing', async (_what, bytes, reason) => {
      const blob = await upload(packed(bytes));
      for (const _time of ['as it came', 'as it is remembered']) {
        await expect(stage.send(RegisterModel, { name: 'hostile', url: blob.url })).rejects.toMatchObject({
          code: 'invalid_archive',
          message: expect.stringMatching(reason) as string,
        });
      }
      expect((await stage.send(ListModels, { name: 'hostile' })).value).toEqual([]);
      expect(existsSync(path.join(stage.home, 'evil'))).toBe(false);
    });
  });

  describe('manifests', () => {
    it('should pin models, files, Python and platform', async () => {
      const blob = await upload(await pack({ 'model.pkl': 'm' }));
      const conda = await upload(packed(Buffer.from('dependencies:\n  - python=3.12\n  - pip: [scikit-learn]\n')));
      const schemaFile = await upload(await pack({ 'src/service_schema.json': '{}' }));
      const { id } = await stage.send(RegisterModel, { name: 'pinned', url: blob.url });
      const manifest = await stage.send(
        CreateManifest,
        creation('first', {
          assets: [
            { id: 'driver', url: script.url },
            { id: 'schema', url: schemaFile.url, mimeType: 'application/json' },
          ],
          schemaAsset: 'schema',
          targetRuntime: { properties: { condaEnvFile: conda.url } },
          modelIds: ['pinned:1', id],
        }),
      );
      expect(manifest).toMatchObject({
        version: 1,
        entry: 'src/score.py',
        schemaPath: 'src/service_schema.json',
        modelIds: [id],
        python: '3.12',
      });
      expect(manifest).toMatchObject({
        platform: process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64',
        models: [{ id, path: 'model.pkl' }],
      });
      expect(manifest.assets[0]).toEqual({
        id: 'driver',
        url: script.url,
        mimeType: 'application/octet-stream',
        unpack: true,
        digest: script.digest,
        path: 'src/score.py',
        size: script.bytes.length,
      });
      for (const ref of ['first', 'first:1', manifest.id]) expect(await stage.send(GetManifest, { ref })).toEqual(manifest);
      for (const modelId of [id, 'pinned', 'pinned:1'])
        expect((await stage.send(ListManifests, { modelId })).value).toEqual([manifest]);
      expect((await stage.send(ListManifests, { modelId: 'many' })).value).toEqual([]);
      expect((await stage.send(ListManifests, { modelId: 'unknown' })).value).toEqual([]);
      expect((await stage.send(ListManifests, { manifestName: 'first' })).value).toEqual([manifest]);
      await eventually(async () => expect(await factsOf(manifest.id)).toHaveLength(1));
      expect(await stage.query('SELECT doc FROM history WHERE id = $1', [manifest.id])).toEqual([{ doc: manifest }]);
    });

    it('should number and repeat as models do', async () => {
      const ctx = stage.context();
      const [one, again] = await Promise.all([1, 2].map(() => stage.send(CreateManifest, creation('numbered'), ctx)));
      expect(again).toEqual(one);
      const more = await Promise.all([1, 2, 3].map(() => stage.send(CreateManifest, creation('numbered'))));
      expect(more.map((manifest) => manifest.version).toSorted((a, b) => a - b)).toEqual([2, 3, 4]);
    });

    it('should find a path that is claimed twice, reading folders file by file', async () => {
      const outputs = await upload(await pack({ 'outputs/model.pkl': 'a', 'outputs/labels.txt': 'l' }));
      const [same, different] = await inTurn(['a', 'b'], async (text) => {
        const blob = await upload(await pack({ 'outputs/model.pkl': text }));
        return stage.send(RegisterModel, { name: `claimed-${text}`, url: blob.url });
      });
      const assets = [
        { id: 'driver', url: script.url },
        { id: 'outputs', url: outputs.url },
      ];
      expect(await stage.send(CreateManifest, creation('fits', { assets, modelIds: [same!.id] }))).toMatchObject({ version: 1 });
      await expect(stage.send(CreateManifest, creation('clash', { assets, modelIds: [different!.id] }))).rejects.toMatchObject({
        code: 'path_collision',
        message: expect.stringMatching(/'outputs\/model\.pkl'.*model 'claimed-b' version 1.*asset 'outputs'/) as string,
      });
      await expect(stage.send(CreateManifest, creation('clash', { modelIds: [same!.id, different!.id] }))).rejects.toMatchObject({
        code: 'path_collision',
      });
    });

    it('should refuse what cannot be built, and say why', async () => {
      const [huge, binary] = [
        await upload(packed(Buffer.alloc((1 << 20) + 1, 'a'))),
        await upload(packed(Buffer.from([0xff, 0xfe, 0x00]))),
      ];
      const refusals: [object, string, RegExp][] = [
        [{ targetRuntime: { runtimeType: 'SparkPython' } }, 'not_supported', /spark-py/],
        [
          { targetRuntime: { properties: { pipRequirements: huge.url } } },
          'unprocessable',
          /pip requirements file has 1048577 bytes/,
        ],
        [{ targetRuntime: { properties: { condaEnvFile: binary.url } } }, 'unprocessable', /conda file is not UTF-8/],
        [
          { targetRuntime: { properties: { condaEnvFile: `blob:${digestOf('gone')}` } } },
          'not_found',
          /conda file is not uploaded/,
        ],
        [{ modelIds: ['nothing:7'] }, 'not_found', /'nothing:7'/],
        [{ assets: [{ id: 'driver', url: huge.url }] }, 'invalid_archive', /the archive of the asset 'driver' is refused/],
        [{ assets: [{ id: 'driver', url: 'https://example.com/x' }] }, 'bad_request', /url/],
      ];
      for (const [more, code, message] of refusals)
        await expect(stage.send(CreateManifest, creation('refused', more))).rejects.toMatchObject({
          code,
          message: expect.stringMatching(message) as string,
        });
      expect((await stage.send(ListManifests, { manifestName: 'refused' })).value).toEqual([]);
    });

    it('should say that the deployer is needed, and what Python to install', async () => {
      stage.setPythons(undefined);
      const ctx = stage.context({ deadline: Date.now() + 2_000 });
      await expect(stage.send(CreateManifest, creation('waiting'), ctx)).rejects.toMatchObject({ code: 'service_unavailable' });
      stage.setPythons([]);
      await expect(stage.send(CreateManifest, creation('waiting'))).rejects.toMatchObject({
        code: 'python_missing',
        message: expect.stringContaining('install python3') as string,
      });
      stage.setPythons(['3.11', '3.13']);
      expect(await stage.send(CreateManifest, creation('waiting'))).toMatchObject({ version: 1, python: '3.13' });
      stage.setPythons(['3.11']);
    });
  });

  it('should have tables as the entities say', async () => {
    const source: DataSource = createDataSource(stage.database.adminUrl, schema, { options: '-c search_path=registry' });
    await source.initialize();
    try {
      // The platform's tables have no entities; what is compared is what the entities of this service need.
      const wanted = await source.driver.createSchemaBuilder().log();
      expect(wanted.upQueries.map((query) => query.query)).toEqual([]);
    } finally {
      await source.destroy();
    }
  });

  /** What the stream of events holds about a resource. */
  async function factsOf(id: string): Promise<EventEnvelope[]> {
    const authenticator = nkeyAuthenticator(Buffer.from(readFileSync(stage.nats.adminCreds!, 'utf8').trim()));
    const connection = await connect({ servers: stage.nats.url, authenticator });
    try {
      const consumer = await jetstream(connection).consumers.get(bus.eventsStream);
      const { num_pending: count } = await consumer.info();
      const facts: EventEnvelope[] = [];
      for (let at = 0; at < count; at += 1) {
        const message = await consumer.next({ expires: 2_000 });
        if (message) facts.push(message.json<EventEnvelope>());
      }
      return facts.filter((fact) => fact.subject === id);
    } finally {
      await connection.close();
    }
  }
});

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
