import { createDataSource } from '#slipway/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CreateService,
  GetDeployment,
  GetEnvironment,
  GetServiceKeys,
  ListDeployments,
  ListEnvironments,
  ListPythonVersions,
  ListServices,
  RegenerateServiceKey,
  type Service,
  UpdateService,
} from '#slipway/contracts';
import { CommandClient, connectBus, Log, type RunningService, sha256Hex, uuidv7 } from '#slipway/platform';
import { schema } from '../src/schema.js';
import { FakeRouter } from './fake-router.js';
import { eventually, makeStage, score, script, type Stage } from './fixture.js';

describe('commands of services', () => {
  let stage: Stage;
  let deployer: RunningService;
  let router: FakeRouter;
  beforeAll(async () => {
    stage = await makeStage();
    deployer = await stage.start({ SLIPWAY_MAX_REPLICAS: '20' });
    router = new FakeRouter(stage, () => deployer.url).start();
    const files = { 'score.py': script('one') };
    await stage.registry.addImage('iris', 1, files);
    await stage.registry.addImage('building', 1, files, { creationState: 'Running', digest: null, imageLocation: null });
    const error = { code: 'unresolved_dependency', message: 'no such package: skleanr', details: [] };
    await stage.registry.addImage('broken', 1, files, { creationState: 'Failed', digest: null, imageLocation: null, error });
    const future = await stage.registry.addImage('future', 1, files);
    future.manifest.python = '3.99';
  });
  afterAll(async () => {
    router?.stop();
    await stage?.close();
  });
  const create = async (name: string, more: object = {}): Promise<Service> => {
    const operation = await stage.finish(await stage.send(CreateService, { name, imageId: 'iris:1', ...more }));
    expect(operation).toMatchObject({ state: 'Succeeded' });
    return stage.service(name);
  };

  it('should refuse what cannot be, and leave nothing of it', async () => {
    await create('taken', { numReplicas: 0 });
    const autoScaler = { autoscaleEnabled: true };
    const refusals: [object, string, string][] = [
      [{ name: 'taken' }, 'name_taken', "a service 'taken' is already there in environment 'local'"],
      [{ imageId: 'nothing:1' }, 'not_found', 'nothing:1'],
      [{ imageId: 'building:1' }, 'conflict', 'image building:1 is still being built'],
      [{ imageId: 'broken:1' }, 'unprocessable', 'no such package: skleanr'],
      [{ imageId: 'future:1' }, 'python_missing', 'the image needs Python 3.99'],
      [{ env: { SLIPWAY_LISTEN: 'x' } }, 'unprocessable', 'SLIPWAY_LISTEN'],
      [{ autoScaler, numReplicas: 2 }, 'unprocessable', 'numReplicas 2 and autoScaler.autoscaleEnabled true exclude each other'],
      [{ autoScaler: { minReplicas: 11 } }, 'unprocessable', 'minReplicas 11 is above maxReplicas 10'],
      [{ numReplicas: 21 }, 'quota_exceeded', 'give at most 20'],
      [{ numReplicas: 1_001 }, 'bad_request', 'numReplicas'],
      [{ computeResource: { id: 'elsewhere' } }, 'not_found', "there is no environment 'elsewhere'; this account can use: local"],
      [{ containerResourceReservation: { memory: '1Pi' } }, 'bad_request', 'memory'],
    ];
    for (const [more, code, text] of refusals) {
      const refused = stage.send(CreateService, { name: 'refused', imageId: 'iris:1', ...more });
      await expect(refused).rejects.toMatchObject({ code, message: expect.stringContaining(text) as string });
    }
    expect(await stage.query(`SELECT 1 FROM service WHERE name = 'refused'`)).toEqual([]);
    expect(await stage.query(`SELECT 1 FROM revision WHERE service_name = 'refused'`)).toEqual([]);
  });

  it('should do a command with one key once, and refuse the key for another request', async () => {
    const ctx = stage.context();
    const body = { name: 'once', imageId: 'iris:1', numReplicas: 0 };
    const first = await stage.send(CreateService, body, ctx);
    expect(await stage.send(CreateService, body, ctx)).toEqual(first);
    await expect(stage.send(CreateService, { ...body, name: 'twice' }, ctx)).rejects.toMatchObject({
      code: 'idempotency_mismatch',
    });
    const change = stage.context();
    const update = { ref: 'once', update: { numReplicas: 1 } };
    const changed = await stage.send(UpdateService, update, change);
    expect(await stage.send(UpdateService, update, change)).toEqual(changed);
    await stage.finish(changed);
    expect((await stage.service('once')).generation).toBe(2);
  });

  it('should run each service as a user of its own and show it only its own files', async () => {
    const root = process.getuid?.() === 0;
    await create('first');
    await create('second', { env: { GREETING: 'hello' } });
    await eventually(() => expect(router.route('second')?.revisions[0]?.endpoints).toHaveLength(1));
    const [one, two] = [await score(router.route('first')), await score(router.route('second'))];
    if (root) {
      expect(one.uid).toBeGreaterThanOrEqual(50_000);
      expect(two.uid).not.toBe(one.uid);
    } else expect(one.uid).toBe(process.getuid?.());
    expect(two.env).toMatchObject({ GREETING: 'hello', USER: root ? `slipway-${two.uid as number}` : 'slipway' });
    const environment = await stage.send(GetEnvironment, { ref: 'local' });
    expect(environment).toMatchObject({ target: 'process', isDefault: true, isolation: root ? 'user' : 'none' });
    expect((await stage.send(ListEnvironments, {})).value).toEqual([environment]);
  });

  it('should give both keys, replace one, and keep key texts out of every table', async () => {
    const { id } = await create('keyed');
    const before = await stage.send(GetServiceKeys, { ref: 'keyed' });
    const ctx = stage.context();
    const after = await stage.send(RegenerateServiceKey, { ref: id, keyType: 'Primary' }, ctx);
    expect(after.secondaryKey).toBe(before.secondaryKey);
    expect(after.primaryKey).not.toBe(before.primaryKey);
    expect(await stage.send(RegenerateServiceKey, { ref: id, keyType: 'Primary' }, ctx)).toEqual(after);
    // The answer comes when the router knows.
    const hashes = router.route('keyed')?.keys.map((key) => key.sha256);
    expect(hashes?.sort()).toEqual([sha256Hex(after.primaryKey), sha256Hex(after.secondaryKey)].sort());
    for (const table of ['command_log', 'outbox', 'history', 'service', 'service_key', 'operation']) {
      const rows = await stage.query<{ text: string }>(`SELECT t::text AS text FROM ${table} t`);
      for (const key of [before.primaryKey, after.primaryKey, after.secondaryKey])
        expect(rows.some(({ text }) => text.includes(key.slice(17, 60)))).toBe(false);
    }
  });

  it('should keep values of variables out of tables, events and answers', async () => {
    const service = await create('sealed', { env: { PASSWORD: 'correct-horse' }, numReplicas: 0 });
    expect(service.envNames).toEqual(['PASSWORD']);
    for (const table of ['command_log', 'outbox', 'history', 'revision', 'service', 'operation']) {
      const rows = await stage.query<{ text: string }>(`SELECT t::text AS text FROM ${table} t`);
      expect(rows.filter(({ text }) => text.includes('correct-horse'))).toEqual([]);
    }
  });

  it('should list, filter and page', async () => {
    const image = stage.registry.images.get('iris:1')!;
    const second = await stage.registry.addImage('wine', 7, { 'score.py': script('wine') });
    const wine = await create('winery', { imageId: second.id, numReplicas: 0 });
    const names = async (filter: object): Promise<string[]> =>
      (await stage.send(ListServices, filter)).value.map((service) => service.name);
    for (const filter of [
      { imageId: second.id },
      { imageId: 'wine:7' },
      { modelId: second.manifest.models[0]!.id },
      { modelId: 'wine-model:7' },
      { modelName: 'wine-model' },
      { manifestId: second.manifestId },
      { manifestId: 'wine-manifest:7' },
      { manifestName: 'wine-manifest' },
      { serviceName: 'winery' },
    ])
      expect(await names(filter), JSON.stringify(filter)).toEqual(['winery']);
    expect(await names({ modelName: 'none' })).toEqual([]);
    expect(await names({ modelId: 'not-a-uuid' })).toEqual([]);
    expect(await names({ imageId: image.id })).not.toContain('winery');
    expect((await names({ computeResourceId: 'local' })).length).toBeGreaterThan(2);
    const first = await stage.send(ListServices, { count: 2 });
    const rest = await stage.send(ListServices, { count: 1000, skipToken: first.nextToken! });
    const all = [...first.value, ...rest.value].map((service) => service.name);
    expect(all).toEqual(await names({ count: 1000 }));
    expect(first.value[0]?.name).toBe(wine.name);
    await expect(stage.send(ListServices, { skipToken: 'nonsense' })).rejects.toMatchObject({ code: 'bad_request' });
    const other = await stage.send(ListServices, {}, stage.context({ account: 'other' }));
    expect(other.value).toEqual([]);
    const { value } = await stage.send(ListDeployments, { serviceId: 'winery' });
    expect(await stage.send(GetDeployment, { id: value[0]!.id })).toEqual(value[0]);
    const foreign = stage.send(GetDeployment, { id: value[0]!.id }, stage.context({ account: 'other' }));
    await expect(foreign).rejects.toMatchObject({ code: 'not_found' });
  });

  it('should tell which Pythons a replica can start', async () => {
    const connection = connectBus(
      { url: stage.nats.url, credsFile: stage.nats.creds('registry'), service: 'registry' },
      Log.silent(),
    );
    const registry = new CommandClient('registry', connection);
    const { versions } = await registry.send(ListPythonVersions, {}, stage.context());
    await (await connection).close();
    expect(versions).toContainEqual({ version: '3.11', path: expect.stringMatching(/^\//) as string });
  });

  it('should give the snapshot to services only, and nothing when nothing changed', async () => {
    const ask = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${deployer.url}/internal/snapshot?environment=local`, { headers });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ authorization: await stage.as('acme') })).status).toBe(403);
    const answer = await ask({ authorization: stage.asRouter });
    const etag = answer.headers.get('etag')!;
    expect(((await answer.json()) as { routes: unknown[] }).routes.length).toBeGreaterThan(0);
    const again = await ask({ authorization: stage.asRouter, 'if-none-match': etag });
    expect([again.status, await again.text()]).toEqual([304, '']);
    await stage.send(RegenerateServiceKey, { ref: 'keyed', keyType: 'Secondary' });
    expect((await ask({ authorization: stage.asRouter, 'if-none-match': etag })).status).toBe(200);
  });

  it('should tell each fact once, in the order of its row versions', async () => {
    await create('told');
    const { id } = await stage.service('told');
    const rows = await stage.query<{ type: string; sequence: number; correlation: string }>(
      `SELECT event->>'type' AS type, (event->>'sequence')::int AS sequence, event->>'correlationid' AS correlation
       FROM outbox WHERE event->>'subject' = $1 ORDER BY seq`,
      [id],
    );
    expect(rows.map((row) => row.type.split('.')[2])).toEqual([
      'ServiceCreated',
      'ServiceKeyCreated',
      'ServiceKeyCreated',
      'ServiceDeployed',
    ]);
    const sequences = rows.map((row) => row.sequence);
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
    expect(new Set(rows.map((row) => row.correlation)).size).toBe(1);
  });

  it('should ask for a service by the id of another account in vain', async () => {
    const { id } = await create('private', { numReplicas: 0 });
    const foreign = stage.context({ account: 'other' });
    await expect(stage.send(GetServiceKeys, { ref: id }, foreign)).rejects.toMatchObject({ code: 'not_found' });
    await expect(stage.send(GetServiceKeys, { ref: uuidv7() })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('should have the tables that its entities say', async () => {
    const source = createDataSource(stage.database.adminUrl, schema, { options: '-c search_path=deployer' });
    await source.initialize();
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    await source.destroy();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });
});
