import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CreateImage,
  CreateManifest,
  CreateService,
  DeleteService,
  GetDeployment,
  GetEnvironment,
  GetImage,
  GetImageOperation,
  GetManifest,
  GetModel,
  GetService,
  GetServiceAccounting,
  GetServiceKeys,
  GetServiceOperation,
  ListDeployments,
  ListEnvironments,
  ListImages,
  ListManifests,
  ListModels,
  ListScalingDecisions,
  ListServices,
  RegenerateServiceKey,
  RegisterModel,
  type ScalingDecision,
  UpdateService,
} from '#slipway/contracts';
import { DomainError, type RunningService, uuidv7 } from '#slipway/platform';
import { ask, type FakeService, makeStage, type Reply, type Stage } from './fixture.js';
import {
  digest,
  sampleEnvironment,
  sampleImage,
  sampleManifest,
  sampleModel,
  sampleOperation,
  sampleService,
} from './samples.js';

const account = '/api/v1/accounts/default';
const publicUrl = `https://slipway.example/base${account}`;

describe('resources', () => {
  let stage: Stage;
  let gateway: RunningService;
  let registry: FakeService;
  let builder: FakeService;
  let deployer: FakeService;
  let telemetry: FakeService;
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> =>
    ask(gateway.url, stage.token(), method, account + path, { body, headers });

  beforeAll(async () => {
    stage = await makeStage();
    gateway = await stage.start();
    [registry, builder, deployer, telemetry] = await Promise.all([
      stage.fake('registry'),
      stage.fake('builder'),
      stage.fake('deployer'),
      stage.fake('telemetry'),
    ]);
  });
  afterAll(() => stage.close());
  beforeEach(() => {
    for (const fake of [registry, builder, deployer, telemetry]) fake.asked.length = 0;
  });

  it('should register a model under the given key, and say who asked', async () => {
    registry.on(RegisterModel, (body) => sampleModel(body.name));
    const reply = await call(
      'POST',
      '/models?api-version=2017-09-01-preview',
      { name: 'iris', url: `blob:${digest}`, tags: ['a'] },
      { 'Idempotency-Key': 'run-1/model', 'x-ms-client-request-id': 'mine-1' },
    );
    expect(reply).toMatchObject({ status: 200, body: { name: 'iris', version: 1 } });
    expect(reply.headers.get('idempotency-key')).toBe('run-1/model');
    expect(reply.headers.get('x-ms-client-request-id')).toBe('mine-1');
    const [asked] = registry.asked;
    expect(asked?.body).toEqual({
      name: 'iris',
      url: `blob:${digest}`,
      tags: ['a'],
      mimeType: 'application/octet-stream',
      unpack: true,
    });
    expect(asked?.ctx).toMatchObject({
      account: 'default',
      actor: expect.stringMatching(/^token:[0-9A-Za-z]{12}$/) as string,
      roles: ['owner'],
      idempotencyKey: 'run-1/model',
      correlationId: reply.headers.get('x-ms-request-id'),
    });
  });

  it('should make a key when none is given, and send none with a read', async () => {
    registry.on(RegisterModel, (body) => sampleModel(body.name));
    registry.on(GetModel, () => sampleModel('iris'));
    const made = await call('POST', '/models', { name: 'iris', url: `blob:${digest}` });
    expect(made.headers.get('idempotency-key')).toBe(registry.asked[0]?.ctx.idempotencyKey);
    const read = await call('GET', '/models/iris');
    expect(read.headers.get('idempotency-key')).toBeNull();
    expect(registry.asked[1]?.ctx.idempotencyKey).toBeUndefined();
  });

  it('should point to each field that is wrong, without asking anybody', async () => {
    const reply = await call('POST', '/models', { name: 'a/b', url: 'x', id: uuidv7(), createdAt: 'now' });
    expect(reply).toMatchObject({
      status: 400,
      body: { code: 'bad_request', statusCode: 400, requestId: reply.headers.get('x-ms-request-id') },
    });
    const details = (reply.body.details as { message: string }[]).map((detail) => detail.message).join('\n');
    expect(details).toContain('name: a name has no /');
    expect(details).toContain('url: a url is blob:sha256:');
    expect(details).toMatch(/Unrecognized keys?: "id", "createdAt"/);
    expect(await call('POST', '/models')).toMatchObject({ status: 400 });
    expect(await call('POST', '/models', {}, { 'Idempotency-Key': 'two words' })).toMatchObject({ status: 400 });
    expect(registry.asked).toEqual([]);
  });

  it('should page through a list with absolute addresses of the next page', async () => {
    registry.on(ListModels, ({ skipToken, count }) => ({
      value: Array.from({ length: count }, (_value, index) => sampleModel('iris', index + 1)),
      ...(skipToken === undefined ? { nextToken: 'a+b/c=' } : {}),
    }));
    const first = await call('GET', '/models?count=2&name=iris&tag=x%20y&api-version=1');
    expect(registry.asked[0]?.body).toEqual({ count: 2, name: 'iris', tag: 'x y' });
    expect(first.body.value).toHaveLength(2);
    const next = new URL(first.body.nextLink as string);
    expect(next.href.startsWith(`${publicUrl}/models?`)).toBe(true);
    const second = await call('GET', `/models${next.search}`);
    expect(registry.asked[1]?.body).toEqual({ count: 2, name: 'iris', tag: 'x y', skipToken: 'a+b/c=' });
    expect(second.body).not.toHaveProperty('nextLink');
  });

  it.each([
    'count=0',
    'count=1001',
    'count=1e9',
    'count=-1',
    'count=',
    'count=%2010',
    'limit=5',
    'name[]=x',
    'name[$ne]=',
    'name=a&name=b',
    'name=%00',
  ])('should refuse the query %s', async (query) => {
    expect(await call('GET', `/models?${query}`)).toMatchObject({ status: 400, body: { code: 'bad_request' } });
    expect(registry.asked).toEqual([]);
  });

  it('should give models, manifests and environments by any reference', async () => {
    registry.on(GetModel, ({ ref }) => sampleModel(ref));
    registry.on(GetManifest, ({ ref }) => sampleManifest(ref));
    registry.on(ListManifests, () => ({ value: [sampleManifest('iris')] }));
    registry.on(CreateManifest, (body) => sampleManifest(body.name));
    deployer.on(GetEnvironment, () => sampleEnvironment());
    deployer.on(ListEnvironments, () => ({ value: [sampleEnvironment()] }));
    const name = 'Iris ünd mehr:3';
    expect(await call('GET', `/models/${encodeURIComponent(name)}`)).toMatchObject({ status: 200, body: { name } });
    await call('GET', `/models/${encodeURIComponent('a/b')}`);
    expect(registry.asked.at(-1)?.body).toEqual({ ref: 'a/b' });
    expect(await call('GET', '/manifests/iris')).toMatchObject({ status: 200, body: { name: 'iris' } });
    expect((await call('GET', '/manifests?modelId=iris:1')).body.value).toHaveLength(1);
    expect(registry.asked.at(-1)?.body).toEqual({ modelId: 'iris:1' });
    const manifest = { name: 'm', driverProgram: 'd', assets: [{ id: 'd', url: `blob:${digest}` }], targetRuntime: {} };
    expect(await call('POST', '/manifests', manifest)).toMatchObject({ status: 200, body: { name: 'm' } });
    expect(await call('GET', '/environments/local')).toMatchObject({ status: 200, body: { name: 'local' } });
    expect((await call('GET', '/environments')).body.value).toHaveLength(1);
  });

  it('should accept an image, say where to ask, and render its addresses', async () => {
    const accepted = { operationId: `image-${uuidv7()}`, resourceId: uuidv7() };
    builder.on(CreateImage, () => accepted);
    builder.on(GetImage, ({ ref }) => sampleImage(ref));
    builder.on(ListImages, () => ({ value: [sampleImage('iris')] }));
    builder.on(GetImageOperation, () => sampleOperation('image'));
    const reply = await call('POST', '/images', { name: 'iris', manifestId: 'iris:1' });
    expect(reply).toMatchObject({ status: 202, body: accepted });
    expect(reply.headers.get('operation-location')).toBe(`${publicUrl}/operations/${accepted.operationId}`);
    const operation = await call('GET', `/operations/${accepted.operationId}`);
    expect(operation.body.resourceLocation).toMatch(new RegExp(`^${publicUrl}/images/[0-9a-f-]{36}$`));
    const image = await call('GET', '/images/iris');
    expect(image.body.imageBuildLogUri).toBe(`${publicUrl}/images/${String(image.body.id)}/log`);
    const [listed] = (await call('GET', '/images')).body.value as { imageBuildLogUri: string }[];
    expect(listed?.imageBuildLogUri.startsWith(publicUrl)).toBe(true);
  });

  it('should create, change, show and delete services', async () => {
    const accepted = { operationId: `service-${uuidv7()}`, resourceId: uuidv7() };
    deployer.on(CreateService, () => accepted);
    deployer.on(UpdateService, () => accepted);
    deployer.on(GetService, ({ ref }) => sampleService(ref));
    deployer.on(ListServices, () => ({ value: [sampleService('iris')] }));
    deployer.on(DeleteService, ({ ref }) => ({ deleted: ref === 'iris' }));
    deployer.on(GetServiceOperation, () => sampleOperation('service'));
    const created = await call('POST', '/services', { name: 'iris', imageId: 'iris' });
    expect(created.status).toBe(202);
    expect(created.headers.get('operation-location')).toBe(`${publicUrl}/operations/${accepted.operationId}`);
    expect(await call('PUT', '/services/iris', { numReplicas: 0, env: { A: null } })).toMatchObject({
      status: 202,
      body: accepted,
    });
    expect(deployer.asked.at(-1)?.body).toEqual({ ref: 'iris', update: { numReplicas: 0, env: { A: null } } });
    const shown = await call('GET', '/services/iris');
    expect(shown.body.scoringUri).toBe('https://scoring.example/api/v1/service/iris/score');
    expect(shown.body.swaggerUri).toBe('https://scoring.example/api/v1/service/iris/swagger.json');
    expect((await call('GET', '/services?serviceName=iris&modelName=m&imageId=i')).status).toBe(200);
    expect(deployer.asked.at(-1)?.body).toEqual({ serviceName: 'iris', modelName: 'm', imageId: 'i' });
    expect((await call('DELETE', '/services/iris')).status).toBe(200);
    expect((await call('DELETE', '/services/gone')).status).toBe(204);
    expect((await call('GET', `/operations/${accepted.operationId}`)).status).toBe(200);
    expect((await call('GET', '/operations/nonsense')).status).toBe(404);
  });

  it('should page through what the autoscaler decided', async () => {
    const decision: ScalingDecision = {
      id: uuidv7(),
      serviceId: uuidv7(),
      createdAt: new Date().toISOString(),
      from: 2,
      to: 2,
      kind: 'held',
      reason: 'held: no router is heard',
      inputs: null,
      hold: { code: 'no_router', router: null, silentMs: 3_000 },
    };
    deployer.on(ListScalingDecisions, () => ({ value: [decision], nextToken: 'abc' }));
    const page = await call('GET', '/services/iris/decisions?count=1');
    expect(page).toMatchObject({
      status: 200,
      body: { value: [decision], nextLink: `${publicUrl}/services/iris/decisions?count=1&$skipToken=abc`.replace('$', '%24') },
    });
    expect(deployer.asked.at(-1)?.body).toEqual({ ref: 'iris', count: 1 });
    expect((await call('GET', '/services/iris/decisions?after=x')).status).toBe(400);
  });

  it('should give keys, rollouts and accounts of predictions', async () => {
    const service = sampleService('iris');
    const keys = { primaryKey: 'a', secondaryKey: 'b' };
    deployer.on(GetServiceKeys, () => keys);
    deployer.on(RegenerateServiceKey, () => keys);
    deployer.on(GetService, () => service);
    deployer.on(ListDeployments, () => ({ value: [] }));
    deployer.on(GetDeployment, ({ id }) => new DomainError('not_found', `there is no deployment '${id}'`));
    telemetry.on(GetServiceAccounting, ({ serviceId }) => ({
      serviceId,
      total: { served: 3, captured: 1, sampledOut: 1, notCollected: 1, shed: 0, unknown: 0, stored: 1, duplicates: 0 },
      revisions: [],
      collected: { stored: 0, dropped: 0 },
      lastRecordAt: null,
      folder: null,
    }));
    const shown = await call('GET', '/services/iris/keys');
    expect(shown).toMatchObject({ status: 200, body: keys });
    expect(shown.headers.get('cache-control')).toBe('no-store');
    expect(await call('POST', '/services/iris/regenerateKeys', { keyType: 'Primary' })).toMatchObject({
      status: 200,
      body: keys,
    });
    expect(deployer.asked.at(-1)?.body).toEqual({ ref: 'iris', keyType: 'Primary' });
    expect((await call('POST', '/services/iris/regenerateKeys', { keyType: 'Third' })).status).toBe(400);
    expect((await call('GET', '/deployments?serviceId=iris')).body).toEqual({ value: [] });
    expect(deployer.asked.at(-1)?.body).toEqual({ serviceId: 'iris' });
    expect((await call('GET', '/deployments')).status).toBe(200);
    expect((await call('GET', `/deployments/${uuidv7()}`)).status).toBe(404);
    expect((await call('GET', '/deployments/x')).status).toBe(400);
    expect(await call('GET', '/services/iris/telemetry')).toMatchObject({ status: 200, body: { serviceId: service.id } });
  });

  it('should pass on what a service says, and nothing of what it hides', async () => {
    deployer.on(CreateService, () => new DomainError('name_taken', "the name 'iris' is taken", [{ code: 'x', message: 'y' }]));
    expect(await call('POST', '/services', { name: 'iris', imageId: 'iris' })).toMatchObject({
      status: 409,
      body: { code: 'name_taken', message: "the name 'iris' is taken", details: [{ code: 'x', message: 'y' }] },
    });
    registry.on(GetModel, () => Promise.reject(new Error('a secret cause')));
    const failed = await call('GET', '/models/iris');
    expect(failed).toMatchObject({ status: 500, body: { code: 'internal' } });
    expect(JSON.stringify(failed.body)).not.toContain('secret');
  });

  it('should say 503 at once when nobody answers, and 504 when nobody answers in time', async () => {
    await telemetry.stop();
    deployer.on(GetService, () => sampleService('iris'));
    const nobody = await call('GET', '/services/iris/telemetry');
    expect(nobody).toMatchObject({ status: 503, body: { code: 'service_unavailable' } });
    expect(nobody.headers.get('retry-after')).toBe('2');
    registry.on(GetModel, () => new Promise(() => undefined));
    expect(await call('GET', '/models/slow')).toMatchObject({ status: 504, body: { code: 'deadline_exceeded' } });
  });
});
