import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreateService, DeleteService, GetService, ListDeployments, UpdateService } from '#slipway/contracts';
import type { RunningService } from '#slipway/platform';
import { FakeRouter } from './fake-router.js';
import { eventually, makeStage, script, type Stage, startTicks } from './fixture.js';

describe('rollouts', () => {
  let stage: Stage;
  let deployer: RunningService;
  let router: FakeRouter;
  beforeAll(async () => {
    stage = await makeStage();
    deployer = await stage.start();
    router = new FakeRouter(stage, () => deployer.url).start();
    await stage.registry.addImage('iris', 1, { 'score.py': script('one') });
    await stage.registry.addImage('iris', 2, { 'score.py': script('two', 'time.sleep(0.5)') });
    await stage.registry.addImage('iris', 3, { 'score.py': script('three', 'print("about to fail"); open("missing.txt")') });
    await stage.registry.addImage('slow', 1, {
      'score.py': `import time\ndef init(): pass\ndef run(body):\n    time.sleep(float(body))\n    return {"version": "slow"}\n`,
    });
  });
  afterAll(async () => {
    router?.stop();
    await stage?.close();
  });
  const create = async (name: string, more: object = {}): Promise<void> => {
    const operation = await stage.finish(await stage.send(CreateService, { name, imageId: 'iris:1', ...more }));
    expect(operation).toMatchObject({ state: 'Succeeded' });
  };
  const update = async (ref: string, change: object) => stage.finish(await stage.send(UpdateService, { ref, update: change }));
  const pids = async (ref: string): Promise<number[]> => {
    const { id } = await stage.service(ref);
    const rows = await stage.query<{ pid: number }>(
      `SELECT split_part(identity, '/', 1)::integer AS pid FROM replica WHERE service_id = $1 AND state = 'Ready'`,
      [id],
    );
    return rows.map((row) => row.pid);
  };

  it('should replace a revision under load without a failed request or a late answer of the old one', async () => {
    await create('updated', { numReplicas: 3 });
    let failed = 0;
    let late = 0;
    let sent = 0;
    let succeeded = false;
    let stop = false;
    const load = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!stop) {
          const after = succeeded;
          sent += 1;
          const version = await router.send('updated').then(
            (answer) => answer.version,
            () => 'failed',
          );
          if (version === 'failed') failed += 1;
          if (after && version !== 'two') late += 1;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }),
    );
    const before = await pids('updated');
    const operation = await update('updated', { imageId: 'iris:2' });
    succeeded = true;
    await eventually(() => expect(before.filter((pid) => startTicks(pid))).toEqual([]));
    stop = true;
    await load;
    expect(operation).toMatchObject({ state: 'Succeeded' });
    expect({ failed, late }).toEqual({ failed: 0, late: 0 });
    expect(sent).toBeGreaterThan(100);
    expect(await stage.service('updated')).toMatchObject({ revision: 2, generation: 2, observedGeneration: 2, error: null });
    const { value } = await stage.send(ListDeployments, { serviceId: 'updated' });
    expect(value.map((one) => [one.revision, one.status, one.expiredAt === null])).toEqual([
      [2, 'Serving', true],
      [1, 'Superseded', false],
    ]);
  });

  it('should let a replica finish what it is answering before it ends', async () => {
    const made = await stage.send(CreateService, { name: 'draining', imageId: 'slow:1' });
    await stage.finish(made);
    await eventually(() => expect(router.route('draining')).toBeDefined());
    const slow = router.send('draining', '4');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const operation = await update('draining', { imageId: 'iris:1' });
    expect(operation.state).toBe('Succeeded');
    expect(await slow).toEqual({ version: 'slow' });
  });

  it('should keep the old revision when init() fails, and say why', async () => {
    await create('kept', { env: { GREETING: 'hi' } });
    const before = await pids('kept');
    const operation = await update('kept', { imageId: 'iris:3', env: { GREETING: 'ho' } });
    expect(operation).toMatchObject({ state: 'Failed', error: { code: 'init_failed' } });
    expect(operation.error?.message).toContain('init() of score.py failed in revision 2: FileNotFoundError');
    const lines = operation.error?.details.map((detail) => detail.message).join('\n');
    expect(lines).toContain('Traceback (most recent call last)');
    expect(lines).toContain('missing.txt');
    const service = await stage.service('kept');
    expect(service).toMatchObject({ state: 'Succeeded', revision: 1, observedGeneration: 2, image: { version: 1 } });
    expect(service.error?.code).toBe('init_failed');
    expect(await pids('kept')).toEqual(before);
    await eventually(() => expect(router.route('kept')?.revisions[0]?.number).toBe(1));
    // The next good update clears it; a number of replicas alone does not bring the failed revision back.
    expect(await update('kept', { numReplicas: 2 })).toMatchObject({ state: 'Succeeded' });
    expect(await stage.service('kept')).toMatchObject({ revision: 1, error: null, image: { version: 1 } });
    const { value } = await stage.send(ListDeployments, { serviceId: 'kept' });
    expect(value.map((one) => [one.revision, one.status])).toEqual([
      [2, 'Failed'],
      [1, 'Serving'],
    ]);
  });

  it('should fail a service whose first revision fails, end its replicas, and try again when it is updated', async () => {
    const accepted = await stage.send(CreateService, { name: 'hopeless', imageId: 'iris:3', numReplicas: 2 });
    expect(await stage.finish(accepted)).toMatchObject({ state: 'Failed', error: { code: 'init_failed' } });
    expect(await stage.service('hopeless')).toMatchObject({ state: 'Failed', revision: null, error: { code: 'init_failed' } });
    await eventually(async () => expect((await stage.service('hopeless')).replicas).toEqual([]));
    expect(await update('hopeless', { imageId: 'iris:1' })).toMatchObject({ state: 'Succeeded' });
    expect(await stage.service('hopeless')).toMatchObject({ state: 'Succeeded', revision: 2, error: null });
  });

  it('should only scale when only the number of replicas changes', async () => {
    await create('scaled', { numReplicas: 2 });
    const before = await pids('scaled');
    expect(await update('scaled', { numReplicas: 4 })).toMatchObject({ state: 'Succeeded' });
    expect((await pids('scaled')).filter((pid) => before.includes(pid))).toHaveLength(2);
    expect(await update('scaled', { numReplicas: 1 })).toMatchObject({ state: 'Succeeded' });
    expect(before).toContain((await pids('scaled'))[0]);
    expect(await update('scaled', { numReplicas: 0 })).toMatchObject({ state: 'Succeeded' });
    expect(await stage.service('scaled')).toMatchObject({ state: 'Succeeded', revision: 1, numReplicas: 0 });
    await eventually(() => expect(router.route('scaled')?.revisions[0]?.endpoints).toEqual([]));
    const events = await stage.query<{ data: object }>(
      `SELECT event->'data' AS data FROM outbox WHERE subject LIKE '%ServiceScaled%' AND event->'data'->>'name' = 'scaled' ORDER BY seq`,
    );
    expect(events.map((event) => event.data)).toMatchObject([
      { from: 2, to: 4 },
      { from: 4, to: 1 },
      { from: 1, to: 0 },
    ]);
  });

  it('should do nothing when nothing changes', async () => {
    await create('same', { env: { GREETING: 'hi' } });
    const before = await pids('same');
    const operation = await update('same', { imageId: 'iris:1', env: { GREETING: 'hi' }, numReplicas: 1 });
    expect(operation).toMatchObject({ state: 'Succeeded' });
    expect(await stage.service('same')).toMatchObject({ generation: 1, revision: 1 });
    expect(await pids('same')).toEqual(before);
  });

  it('should bring back a replica that was killed, and leave it out of the route meanwhile', async () => {
    await create('crashed', { numReplicas: 2 });
    await eventually(() => expect(router.route('crashed')?.revisions[0]?.endpoints).toHaveLength(2));
    const { version } = router.route('crashed')!;
    const [victim] = await pids('crashed');
    process.kill(victim!, 'SIGKILL');
    await eventually(() => expect(router.route('crashed')!.version).toBeGreaterThan(version));
    await eventually(async () => {
      const { replicas } = await stage.service('crashed');
      expect(replicas.map((replica) => [replica.state, replica.restarts]).sort()).toEqual([
        ['Ready', 0],
        ['Ready', 1],
      ]);
    });
    await eventually(() => expect(router.route('crashed')?.revisions[0]?.endpoints).toHaveLength(2));
    expect(await pids('crashed')).not.toContain(victim);
  });

  it('should let the last of two changes win, and end the operation of the first', async () => {
    await create('raced');
    const first = await stage.send(UpdateService, { ref: 'raced', update: { imageId: 'iris:2' } });
    const second = await stage.send(UpdateService, { ref: 'raced', update: { imageId: 'iris:1', env: { GREETING: 'x' } } });
    expect(await stage.finish(second)).toMatchObject({ state: 'Succeeded' });
    expect(await stage.finish(first)).toMatchObject({ state: 'Cancelled' });
    expect(await stage.service('raced')).toMatchObject({ revision: 3, image: { version: 1 }, envNames: ['GREETING'] });
  });

  it('should not say that an update is done, and end no old replica, while a router does not know of it', async () => {
    await create('deaf');
    await eventually(() => expect(router.route('deaf')).toBeDefined());
    const before = await pids('deaf');
    router.applying = false;
    try {
      const accepted = await stage.send(UpdateService, { ref: 'deaf', update: { env: { GREETING: 'new' } } });
      await expect(stage.finish(accepted, 4_000)).rejects.toThrow('waiting for the routers');
      expect(before.filter((pid) => startTicks(pid))).toEqual(before);
      router.applying = true;
      expect(await stage.finish(accepted)).toMatchObject({ state: 'Succeeded' });
      await eventually(() => expect(before.filter((pid) => startTicks(pid))).toEqual([]));
    } finally {
      router.applying = true;
    }
  });

  it('should raise a route above what the routers know when the tables were set back', async () => {
    await create('restored');
    await eventually(() => expect(router.route('restored')).toBeDefined());
    const known = router.route('restored')!;
    router.routes.set(known.serviceId, { ...known, version: known.version + 100 });
    await update('restored', { env: { GREETING: 'again' } });
    await eventually(() => {
      expect(router.route('restored')!.version).toBeGreaterThan(known.version + 100);
      expect(router.route('restored')!.revisions[0]?.number).toBe(2);
    });
  });

  it('should leave nothing of a deleted service but its past', async () => {
    await create('removed', { numReplicas: 2 });
    await eventually(() => expect(router.route('removed')).toBeDefined());
    const { id } = await stage.service('removed');
    const ended = await pids('removed');
    const replicas = await stage.query<{ id: string }>('SELECT id FROM replica WHERE service_id = $1', [id]);
    expect(await stage.send(DeleteService, { ref: 'removed' })).toEqual({ deleted: true });
    expect(await stage.send(DeleteService, { ref: 'removed' })).toEqual({ deleted: false });
    await expect(stage.send(GetService, { ref: 'removed' })).rejects.toMatchObject({ code: 'not_found' });
    expect(await stage.query('SELECT 1 FROM service_key WHERE service_id = $1', [id])).toEqual([]);
    // The name is free at once.
    await create('removed');
    await eventually(() => expect(router.routes.get(id)).toMatchObject({ deleted: true, revisions: [], keys: [] }));
    await eventually(() => expect(ended.filter((pid) => startTicks(pid))).toEqual([]));
    await eventually(async () => {
      for (const kind of ['run', 'logs', 'spool'])
        for (const replica of replicas) expect(existsSync(path.join(stage.home, kind, 'replicas', replica.id))).toBe(false);
      expect(await stage.query('SELECT 1 FROM service_user WHERE service_id = $1', [id])).toEqual([]);
      expect(await stage.query('SELECT 1 FROM work_queue WHERE service_id = $1', [id])).toEqual([]);
    });
    expect(readdirSync(path.join(stage.home, 'layers')).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
