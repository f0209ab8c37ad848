import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CreateService, DeleteService, UpdateService } from '#slipway/contracts';
import type { RunningService } from '#slipway/platform';
import { temporaryFolder } from '#slipway/testing';
import { FakeRouter } from '../fake-router.js';
import { eventually } from '../fixture.js';
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
});
