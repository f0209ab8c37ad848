import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CreateService, DeleteService, UpdateService } from '#slipway/contracts';
import type { RunningService } from '#slipway/platform';
import { FakeRouter } from '../fake-router.js';
import { eventually } from '../fixture.js';
import { type KubeStage, makeKubeStage } from './kube-stage.js';

describe('a service on a cluster', () => {
  let stage: KubeStage;
  let deployer: RunningService;
  let router: FakeRouter;
  beforeAll(async () => {
    stage = await makeKubeStage();
    deployer = await stage.start({ SLIPWAY_PROGRESS_DEADLINE_MS: '15000' });
    router = new FakeRouter(stage, () => deployer.url, 'router-1', stage.environment).start();
    for (const version of [1, 2]) await stage.registry.addImage('iris', version, { 'score.py': String(version) });
    for (const outcome of ['crash', 'image', 'unready'])
      await stage.registry.addImage(`bad-${outcome}`, 1, { 'score.py': outcome });
  });
  beforeEach(() => {
    stage.proxy.fault = () => undefined;
  });
  afterAll(async () => {
    router?.stop();
    await stage?.close();
  });

  const create = async (name: string, more: object = {}) => {
    const computeResource = { id: stage.environment };
    const operation = await stage.finish(await stage.send(CreateService, { name, imageId: 'iris:1', computeResource, ...more }));
    return { operation, ...(operation.state === 'Succeeded' ? { id: (await stage.service(name)).id } : { id: '' }) };
  };
  const update = async (ref: string, change: object) => stage.finish(await stage.send(UpdateService, { ref, update: change }));
  const endpoints = (name: string) => router.route(name)?.revisions[0]?.endpoints ?? [];
  const kindsOf = async (id: string) => Object.keys(await stage.objects(id)).map((key) => key.split('/')[0]);
  const deployments = async (id: string) =>
    Object.values(await stage.objects(id))
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ metadata, spec }) => [metadata.labels['slipway.io/revision-number'], spec['replicas']]);

  it('should run under the restricted standard and put its Pods in the route', async () => {
    const { id, operation } = await create('made', { numReplicas: 2, env: { GREETING: 'hi' } });
    expect(operation).toMatchObject({ state: 'Succeeded', error: null });
    expect((await kindsOf(id)).sort()).toEqual([
      'Deployment',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Secret',
      'Service',
      'ServiceAccount',
    ]);
    await eventually(() => expect(endpoints('made')).toHaveLength(2));
    const pods = await stage.cluster.get<{ items: { metadata: { uid: string }; status: { podIP: string } }[] }>(
      ...['-n', stage.namespace, 'pods', '-l', `slipway.io/service=${id}`],
    );
    expect(endpoints('made').map(({ replica, host, port }) => [replica, host, port])).toEqual(
      pods.items
        .map(({ metadata, status }) => [metadata.uid, status.podIP, 5001])
        .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    );
  });

  it('should write nothing while nothing changes', async () => {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const before = stage.proxy.writes().length;
    const { id } = await stage.service('made');
    for (let look = 0; look < 5; look += 1) {
      await stage.query('UPDATE work_queue SET due_at = now() WHERE service_id = $1', [id]);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    expect(stage.proxy.writes().slice(before)).toEqual([]);
  });

  it('should scale up, and down only by Pods that no router uses any more', async () => {
    const { id } = await create('scaled', { numReplicas: 2 });
    await eventually(() => expect(endpoints('scaled')).toHaveLength(2));
    const before = endpoints('scaled').map(({ replica }) => replica);
    expect(await update('scaled', { numReplicas: 4 })).toMatchObject({ state: 'Succeeded' });
    expect(await update('scaled', { numReplicas: 1 })).toMatchObject({ state: 'Succeeded' });
    await eventually(async () => {
      expect(await deployments(id)).toEqual([['1', 1]]);
      const [left] = endpoints('scaled');
      expect(before).toContain(left?.replica);
      const pods = await stage.kubectl('get', 'pods', '-l', `slipway.io/service=${id}`, '-o', 'name');
      expect(pods.trim().split('\n')).toHaveLength(1);
    });
    expect(await update('scaled', { numReplicas: 0 })).toMatchObject({ state: 'Succeeded' });
    await eventually(async () => expect(await deployments(id)).toEqual([['1', 0]]));
  });

  it('should replace a revision only when the new one is ready, and leave one Deployment', async () => {
    const { id } = await create('updated', { numReplicas: 2 });
    await eventually(() => expect(endpoints('updated')).toHaveLength(2));
    const old = new Set(endpoints('updated').map(({ replica }) => replica));
    expect(await update('updated', { imageId: 'iris:2', env: { A: 'b' } })).toMatchObject({ state: 'Succeeded' });
    expect(endpoints('updated')).toHaveLength(2);
    expect(endpoints('updated').filter(({ replica }) => old.has(replica))).toEqual([]);
    await eventually(async () => expect(await deployments(id)).toEqual([['2', 2]]));
    expect((await kindsOf(id)).filter((kind) => kind === 'Secret')).toHaveLength(1);
  });

  it.each([
    ['crash', 'crash_loop'],
    ['image', 'image_missing'],
    ['unready', 'never_ready'],
  ])('should keep the old revision and say why when the new one is bad: %s', async (outcome, code) => {
    const name = `kept-${outcome}`;
    const { id } = await create(name);
    const operation = await update(name, { imageId: `bad-${outcome}:1` });
    expect(operation).toMatchObject({ state: 'Failed', error: { code } });
    expect(await stage.service(name)).toMatchObject({ state: 'Succeeded', revision: 1, error: { code } });
    expect(endpoints(name)).toHaveLength(1);
    await eventually(async () => expect(await deployments(id)).toEqual([['1', 1]]));
  });

  it('should repair what somebody scaled, edited or deleted, and say so about what another program applies', async () => {
    const { id } = await create('drifted', { numReplicas: 2 });
    const objects = await stage.objects(id);
    const name = Object.values(objects).find(({ kind }) => kind === 'Deployment')!.metadata.name;
    await stage.kubectl('scale', `deployment/${name}`, '--replicas=5');
    await eventually(async () => expect(await deployments(id)).toEqual([['1', 2]]), 30_000);
    await stage.kubectl('set', 'image', `deployment/${name}`, 'replica=evil.invalid/miner');
    await stage.kubectl('delete', 'service,networkpolicy,pdb', '-l', `slipway.io/service=${id}`);
    await eventually(async () => {
      const now = await stage.objects(id);
      expect(Object.keys(now).sort()).toEqual(Object.keys(objects).sort());
      const deployment = JSON.stringify(now[`Deployment/${name}`]);
      expect(deployment).toContain('registry.invalid:5000/acme/iris@sha256');
      expect(deployment).not.toContain('miner');
    }, 30_000);
    await stage.kubectl('delete', `deployment/${name}`);
    await eventually(async () => expect(await deployments(id)).toEqual([['1', 2]]), 30_000);
    await eventually(() => expect(endpoints('drifted')).toHaveLength(2), 30_000);

    const mine = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: stage.namespace } };
    await stage.kubectl('get', 'deployment', name);
    await stage.applyAs('gitops', { ...mine, spec: { replicas: 7 } });
    await eventually(async () => {
      const { error } = await stage.service('drifted');
      expect(error).toMatchObject({ code: 'conflict' });
      expect(error?.message).toContain(`.spec.replicas belongs to 'gitops'`);
    }, 30_000);
  });

  it('should leave nothing of a deleted service', async () => {
    const { id } = await create('removed', { numReplicas: 2 });
    expect(await stage.send(DeleteService, { ref: 'removed' })).toEqual({ deleted: true });
    await eventually(async () => {
      expect(await stage.objects(id)).toEqual({});
      const pods = await stage.kubectl('get', 'pods', '-l', `slipway.io/service=${id}`, '-o', 'name');
      expect(pods).toBe('');
      expect(await stage.query('SELECT 1 FROM work_queue WHERE service_id = $1', [id])).toEqual([]);
    }, 30_000);
  });
});
