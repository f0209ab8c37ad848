import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CreateService, UpdateService } from '#slipway/contracts';
import { uuidv7 } from '#slipway/platform';
import { FakeRouter } from './fake-router.js';
import { eventually, makeStage, score, script, type Stage, startTicks } from './fixture.js';
import { bundleDeployer, type DeployerProcess, spawnDeployer } from './process.js';

describe('a deployer that ends', () => {
  let stage: Stage;
  let program: string;
  let deployers: DeployerProcess[] = [];
  let router: FakeRouter;
  beforeAll(async () => {
    stage = await makeStage();
    program = await bundleDeployer('deployer');
    router = new FakeRouter(stage, () => deployers.at(-1)?.url ?? '').start();
    await stage.registry.addImage('iris', 1, { 'score.py': script('one') });
    await stage.registry.addImage('iris', 2, { 'score.py': script('two', 'time.sleep(0.5)') });
  });
  afterEach(async () => {
    // The next test's faults are for its own services only.
    await stage.query(`UPDATE service SET deleted_at = now(), gone_at = now() WHERE gone_at IS NULL`);
    await Promise.all(deployers.map((deployer) => deployer.kill()));
    deployers = [];
  });
  afterAll(async () => {
    router?.stop();
    await stage?.close();
  });
  const begin = async (more: Record<string, string> = {}): Promise<DeployerProcess> => {
    const deployer = await spawnDeployer(program, { ...stage.settings, ...more });
    deployers.push(deployer);
    return deployer;
  };
  const create = async (name: string, more: object = {}): Promise<void> => {
    const operation = await stage.finish(await stage.send(CreateService, { name, imageId: 'iris:1', ...more }));
    expect(operation).toMatchObject({ state: 'Succeeded' });
  };
  const replicas = (name: string): Promise<{ id: string; pid: number; state: string }[]> =>
    stage.query(
      `SELECT r.id, split_part(r.identity, '/', 1)::integer AS pid, r.state FROM replica r JOIN service s ON s.id = r.service_id
       WHERE s.name = $1 AND r.state <> 'Gone' ORDER BY r.created_at`,
      [name],
    );
  /** Processes of a service that are there, whatever the tables say. */
  const processes = async (name: string): Promise<number[]> => {
    const rows = await stage.query<{ pid: number }>(
      `SELECT split_part(r.identity, '/', 1)::integer AS pid FROM replica r JOIN service s ON s.id = r.service_id WHERE s.name = $1 AND r.identity IS NOT NULL`,
      [name],
    );
    return rows.map((row) => row.pid).filter((pid) => startTicks(pid) !== undefined);
  };

  it('should leave its replicas answering, and adopt them when it is back', async () => {
    const first = await begin();
    await create('adopted', { numReplicas: 2 });
    await eventually(() => expect(router.route('adopted')?.revisions[0]?.endpoints).toHaveLength(2));
    const before = await replicas('adopted');
    const route = router.route('adopted')!;
    await first.kill();
    expect(await score(route)).toMatchObject({ version: 'one' });
    const second = await begin();
    await eventually(async () => expect((await fetch(`${second.url}/readyz`)).status).toBe(200));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(await replicas('adopted')).toEqual(before);
    // An adopted replica is no child: its end is noticed all the same.
    process.kill(before[0]!.pid, 'SIGKILL');
    await eventually(async () => {
      const now = await replicas('adopted');
      expect(now.map((replica) => replica.state)).toEqual(['Ready', 'Ready']);
      expect(now[1]!.pid).not.toBe(before[1]!.pid);
    });
    expect(await processes('adopted')).toHaveLength(2);
  });

  it('should replace what died meanwhile, and end what belongs to nobody', async () => {
    const first = await begin();
    await create('mended', { numReplicas: 2 });
    const before = await replicas('mended');
    await first.kill();
    process.kill(before[0]!.pid, 'SIGKILL');
    const stranger = uuidv7();
    const folder = path.join(stage.home, 'run/replicas', stranger);
    mkdirSync(folder, { recursive: true });
    const orphan = spawn('/bin/sleep', ['600'], { detached: true, stdio: 'ignore' });
    orphan.unref();
    const bootId = await import('node:fs').then((fs) => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'ascii').trim());
    const record = { id: stranger, pid: orphan.pid, startTicks: Number(startTicks(orphan.pid!)), bootId, port: 1 };
    writeFileSync(path.join(folder, 'replica.json'), JSON.stringify(record));
    await begin();
    await eventually(async () => {
      const now = await replicas('mended');
      expect(now.map((replica) => replica.state)).toEqual(['Ready', 'Ready']);
      expect(now.map((replica) => replica.pid)).toContain(before[1]!.pid);
    });
    await eventually(() => expect(startTicks(orphan.pid!)).toBeUndefined(), 30_000);
  });

  it.each([
    'deployer.after_plan=kill@2',
    'deployer.before_spawn=kill',
    'deployer.after_spawn=kill@2',
    'deployer.before_app_rename=kill',
  ])('should come to the same end after %s', async (failpoints) => {
    const name = failpoints.replaceAll(/[^a-z]/g, '').slice(-20);
    const files = { 'score.py': script(name) };
    await stage.registry.addImage(name, 1, files);
    const first = await begin({ SLIPWAY_FAILPOINTS: failpoints, SLIPWAY_LEASE_SECONDS: '2' });
    const ctx = stage.context();
    const create = () => stage.send(CreateService, { name, imageId: `${name}:1`, numReplicas: 3 }, ctx);
    const asked = create().catch(() => undefined);
    expect(await first.ended).toBe('SIGKILL');
    await begin({ SLIPWAY_LEASE_SECONDS: '2' });
    // The kill may come before the answer; asked again under the same key, it is done once.
    expect(await stage.finish((await asked) ?? (await create()))).toMatchObject({ state: 'Succeeded' });
    const { replicas: live } = await stage.service(name);
    expect(live.filter((replica) => replica.state === 'Ready')).toHaveLength(3);
    await eventually(async () => expect(await runningFor(name)).toHaveLength(3), 40_000);
  });

  /** Pids of replicas by their own environment: also of those that no row has ever had. */
  const runningFor = async (name: string): Promise<number[]> => {
    const fs = await import('node:fs');
    return fs
      .readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .filter((pid) => {
        try {
          const environment = fs.readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
          return environment.includes(`SERVICE_NAME=${name}`) && environment.some((line) => line.includes(stage.home));
        } catch {
          return false;
        }
      })
      .map(Number);
  };

  it('should refuse a slow deployer its late start when another one has taken over', async () => {
    const slow = await begin({ SLIPWAY_FAILPOINTS: 'deployer.before_spawn=delay:5000', SLIPWAY_LEASE_SECONDS: '2' });
    const accepted = await stage.send(CreateService, { name: 'fenced', imageId: 'iris:1' });
    await eventually(async () => expect(await replicas('fenced')).toHaveLength(1));
    await begin({ SLIPWAY_LEASE_SECONDS: '2' });
    expect(await stage.finish(accepted)).toMatchObject({ state: 'Succeeded' });
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(await runningFor('fenced')).toHaveLength(1);
    expect((await stage.service('fenced')).replicas.map((replica) => replica.state)).toEqual(['Ready']);
    expect(slow.child.exitCode).toBeNull();
  });

  it('should share the work of two deployers without doing any twice', async () => {
    await begin();
    await begin();
    const names = ['pair-a', 'pair-b', 'pair-c', 'pair-d'];
    await Promise.all(names.map((name) => create(name, { numReplicas: 2 })));
    await Promise.all(
      names.map(async (ref) => stage.finish(await stage.send(UpdateService, { ref, update: { imageId: 'iris:2' } }))),
    );
    for (const name of names) {
      expect(await stage.service(name)).toMatchObject({ state: 'Succeeded', revision: 2, error: null });
      await eventually(async () => expect(await runningFor(name)).toHaveLength(2));
    }
    const rows = await stage.query<{ name: string; count: string }>(
      `SELECT event->'data'->>'name' AS name, count(*) FROM outbox WHERE subject LIKE '%.ServiceUpdated.v1' GROUP BY 1 ORDER BY 1`,
    );
    expect(rows.filter((row) => names.includes(row.name)).map((row) => row.count)).toEqual(['1', '1', '1', '1']);
    const versions = await stage.query<{ restarts: number }>(
      `SELECT max(restarts) AS restarts FROM replica r JOIN service s ON s.id = r.service_id WHERE s.name LIKE 'pair-%'`,
    );
    expect(versions[0]?.restarts).toBe(0);
  });

  it('should go on without the bus, and tell it afterwards', async () => {
    const deployer = await begin();
    await create('busless', { numReplicas: 2 });
    const { version } = (await stage.snapshot(deployer.url)).find((route) => route.name === 'busless')!;
    await stage.nats.stop('SIGKILL');
    const [victim] = await replicas('busless');
    process.kill(victim!.pid, 'SIGKILL');
    await eventually(async () => {
      const route = (await stage.snapshot(deployer.url)).find((one) => one.name === 'busless')!;
      expect(route.version).toBeGreaterThanOrEqual(version + 2);
      expect(route.revisions[0]?.endpoints).toHaveLength(2);
    });
    await stage.nats.start();
    await eventually(async () => {
      const [row] = await stage.query<{ behind: number }>(
        `SELECT route_version - route_published AS behind FROM service WHERE name = 'busless'`,
      );
      expect(row?.behind).toBe(0);
    }, 20_000);
  });

  it('should stop in order on SIGTERM and leave its replicas', async () => {
    const deployer = await begin();
    await create('left');
    expect(await deployer.stop()).toBe(0);
    expect(await processes('left')).toHaveLength(1);
  });
});
