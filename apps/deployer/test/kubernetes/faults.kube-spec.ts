import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CreateService, DeleteService, UpdateService } from '#slipway/contracts';
import { type RunningService, uuidv7 } from '#slipway/platform';
import { temporaryFolder } from '#slipway/testing';
import { FakeRouter } from '../fake-router.js';
import { eventually } from '../fixture.js';
import { bundleDeployer, type DeployerProcess, spawnDeployer } from '../process.js';
import { type KubeStage, makeKubeStage } from './kube-stage.js';

describe('a cluster that fails, and deployers that do', () => {
  let stage: KubeStage;
  let url = '';
  let router: FakeRouter;
  let services: RunningService[] = [];
  beforeAll(async () => {
    stage = await makeKubeStage();
    router = new FakeRouter(stage, () => url, 'router-1', stage.environment).start();
    for (const version of [1, 2]) await stage.registry.addImage('iris', version, { 'score.py': String(version) });
  });
  afterEach(async () => {
    stage.proxy.fault = () => undefined;
    stage.proxy.silent = false;
    await Promise.all(services.map((service) => service.stop()));
    services = [];
  });
  afterAll(async () => {
    router?.stop();
    await stage?.close();
  });

  const begin = async (more: Record<string, string> = {}) => {
    const service = await stage.start(more);
    services.push(service);
    url = service.url;
    return service;
  };
  const create = async (name: string, more: object = {}) =>
    stage.send(CreateService, { name, imageId: 'iris:1', computeResource: { id: stage.environment }, ...more });
  const endpoints = (name: string) => router.route(name)?.revisions[0]?.endpoints ?? [];
  const remove = async (name: string): Promise<void> => {
    const { id } = await stage.service(name);
    await stage.send(DeleteService, { ref: name });
    await eventually(async () => expect(await stage.objects(id)).toEqual({}), 30_000);
  };
  /** What is there of a service, without what differs from one run to the next. */
  const shape = async (name: string): Promise<unknown> => {
    const { id } = await stage.service(name);
    const plain = Object.values(await stage.objects(id)).map(({ kind, metadata, spec }) => ({
      kind,
      name: metadata.name,
      labels: metadata.labels,
      spec,
    }));
    const text = JSON.stringify(plain)
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'uuid')
      .replaceAll(/sw-[a-z]+-[0-9a-f]{8}/g, 'sw');
    return JSON.parse(text);
  };

  it('should go on serving while the API server is away, say so, and converge when it is back', async () => {
    await begin({ SLIPWAY_PROGRESS_DEADLINE_MS: '20000' });
    await stage.finish(await create('away', { numReplicas: 2 }));
    await eventually(() => expect(endpoints('away')).toHaveLength(2));
    const before = endpoints('away');
    await stage.cluster.stop('kube-apiserver', 'KILL');
    const calls = stage.proxy.seen.length;
    const accepted = await stage.send(UpdateService, { ref: 'away', update: { imageId: 'iris:2' } });
    await eventually(
      async () => expect((await stage.service('away')).error).toMatchObject({ code: 'cluster_unreachable' }),
      30_000,
    );
    // Longer than a rollout may stand still: an absent cluster is no reason to give one up.
    await new Promise((resolve) => setTimeout(resolve, 24_000));
    expect(endpoints('away')).toEqual(before);
    expect(stage.proxy.seen.length - calls).toBeLessThan(7 * 30);
    await stage.cluster.restart('kube-apiserver');
    expect(await stage.finish(accepted, 60_000)).toMatchObject({ state: 'Succeeded' });
    expect(await stage.service('away')).toMatchObject({ revision: 2, error: null });
  });

  it('should leave its calls at the pace that a busy API server asks for', async () => {
    await begin();
    await stage.finish(await create('busy'));
    const start = stage.proxy.seen.length;
    stage.proxy.fault = () => ({ status: 429, headers: { 'retry-after': '3' } });
    stage.proxy.cutWatches();
    await new Promise((resolve) => setTimeout(resolve, 9_000));
    // Seven kinds are watched; each may ask once at once and then every three seconds.
    expect(stage.proxy.seen.length - start).toBeLessThanOrEqual(7 * 5);
    stage.proxy.fault = () => undefined;
    const updated = await stage.send(UpdateService, { ref: 'busy', update: { numReplicas: 2 } });
    expect(await stage.finish(updated, 60_000)).toMatchObject({ state: 'Succeeded' });
  });

  it('should reconnect watches that are cut, at most about once a second, and read the list anew after 410', async () => {
    await begin();
    await stage.finish(await create('cut', { numReplicas: 1 }));
    const start = stage.proxy.seen.length;
    for (let cut = 0; cut < 50; cut += 1) {
      stage.proxy.cutWatches();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const perKind = Map.groupBy(
      stage.proxy.seen.slice(start).filter(({ watch }) => watch),
      ({ path }) => path.split('?')[0],
    );
    for (const seen of perKind.values()) expect(seen.length).toBeLessThanOrEqual(6);
    expect(perKind.size).toBe(7);
    const gone = (path: string) => path.includes('watch=true');
    stage.proxy.fault = ({ path }) => (gone(path) ? { status: 410, body: { reason: 'Expired', message: 'too old' } } : undefined);
    stage.proxy.cutWatches();
    const lists = stage.proxy.seen.length;
    await eventually(() => {
      const again = stage.proxy.seen.slice(lists).filter(({ path, watch }) => path.includes('/pods') && !watch);
      expect(again.length).toBeGreaterThan(0);
    });
    stage.proxy.fault = () => undefined;
    const updated = await stage.send(UpdateService, { ref: 'cut', update: { numReplicas: 3 } });
    expect(await stage.finish(updated, 60_000)).toMatchObject({ state: 'Succeeded' });
  });

  it('should end in the same state when every write is refused once as a conflict', async () => {
    await begin();
    await stage.finish(await create('plain', { numReplicas: 2 }));
    const wanted = await shape('plain');
    await remove('plain');
    const refused = new Set<string>();
    stage.proxy.fault = ({ method, path }) => {
      const key = `${method} ${path}`;
      if (method === 'GET' || refused.has(key)) return undefined;
      refused.add(key);
      return { status: 409, body: { reason: 'Conflict', message: 'the object has been modified', code: 409 } };
    };
    expect(await stage.finish(await create('plain', { numReplicas: 2 }))).toMatchObject({ state: 'Succeeded' });
    expect(refused.size).toBe(6);
    expect(await shape('plain')).toEqual(wanted);
    await remove('plain');
  });

  it('should write no more with two deployers than with one', async () => {
    await begin();
    await begin({ SLIPWAY_HOME: temporaryFolder('deployer-2') });
    await stage.finish(await create('shared', { numReplicas: 2 }));
    const updated = await stage.send(UpdateService, { ref: 'shared', update: { imageId: 'iris:2' } });
    expect(await stage.finish(updated)).toMatchObject({ state: 'Succeeded' });
    const { id } = await stage.service('shared');
    await eventually(async () =>
      expect(Object.keys(await stage.objects(id)).filter((key) => key.startsWith('Deployment'))).toHaveLength(1),
    );
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const before = stage.proxy.writes().length;
    for (let look = 0; look < 10; look += 1) {
      await stage.query('UPDATE work_queue SET due_at = now() WHERE service_id = $1', [id]);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(stage.proxy.writes().slice(before)).toEqual([]);
  });

  it('should end in the same state wherever between two writes it is killed', async () => {
    const program = await bundleDeployer('deployer-kube');
    const settings = { ...stage.settings, SLIPWAY_LEASE_SECONDS: '2' };
    const run = async (failpoints: string): Promise<{ killed: boolean; shape: unknown }> => {
      let deployer: DeployerProcess = await spawnDeployer(program, { ...settings, SLIPWAY_FAILPOINTS: failpoints });
      let killed = false;
      const watch = (): void =>
        void deployer.ended.then(async (how) => {
          if (how !== 'SIGKILL' || killed) return;
          killed = true;
          deployer = await spawnDeployer(program, settings);
          url = deployer.url;
        });
      watch();
      url = deployer.url;
      const ctx = stage.context({ idempotencyKey: uuidv7(), deadline: Date.now() + 60_000 });
      const body = { name: 'killed', imageId: 'iris:1', computeResource: { id: stage.environment }, numReplicas: 2 };
      const retried = async <T>(work: () => Promise<T>): Promise<T> => {
        for (let attempt = 0; ; attempt += 1) {
          try {
            return await work();
          } catch (error) {
            if (attempt === 20) throw error;
            await new Promise((resolve) => setTimeout(resolve, 500));
          }
        }
      };
      const made = await retried(() => stage.send(CreateService, body, ctx));
      expect(await stage.finish(made, 60_000)).toMatchObject({ state: 'Succeeded' });
      const again = stage.context({ idempotencyKey: uuidv7() });
      const change = { ref: 'killed', update: { imageId: 'iris:2', numReplicas: 1 } };
      const updated = await retried(() => stage.send(UpdateService, change, { ...again, deadline: Date.now() + 60_000 }));
      expect(await stage.finish(updated, 60_000)).toMatchObject({ state: 'Succeeded' });
      const { id } = await stage.service('killed');
      await eventually(async () => {
        const names = Object.keys(await stage.objects(id));
        expect(names.filter((key) => key.startsWith('Deployment'))).toHaveLength(1);
        expect(names.filter((key) => key.startsWith('Secret'))).toHaveLength(1);
      }, 60_000);
      const result = { killed, shape: await shape('killed') };
      await retried(() => remove('killed'));
      killed = true;
      await deployer.stop();
      return result;
    };
    const plain = await run('');
    expect(plain.killed).toBe(false);
    for (const [index, where] of (['before', 'after'] as const).entries())
      for (let pass = 1 + index; pass <= 12; pass += 2) {
        const { shape: end, killed } = await run(`deployer.kube_${where}_write=kill@${pass}`);
        expect({ pass, where, killed }).toEqual({ pass, where, killed: true });
        expect(end).toEqual(plain.shape);
      }
  }, 900_000);
});
