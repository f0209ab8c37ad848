import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreateService, UpdateService } from '#slipway/contracts';
import type { RunningService } from '#slipway/platform';
import { FakeRouter } from './fake-router.js';
import { eventually, makeStage, score, script, type Stage, startTicks } from './fixture.js';

const asRoot = process.getuid?.() === 0;

describe('the process target', () => {
  let stage: Stage;
  let deployer: RunningService;
  let router: FakeRouter;
  beforeAll(async () => {
    stage = await makeStage();
    deployer = await stage.start({ SLIPWAY_PROGRESS_DEADLINE_MS: '4000' });
    router = new FakeRouter(stage, () => deployer.url).start();
    await stage.registry.addImage('iris', 1, { 'score.py': script('one'), 'src/helper.py': 'x = 1\n' });
  });
  afterAll(async () => {
    router?.stop();
    await stage?.close();
  });
  const create = async (name: string, imageId: string) => stage.finish(await stage.send(CreateService, { name, imageId }));
  const replica = async (name: string): Promise<{ id: string; pid: number; service_id: string }> => {
    const [row] = await stage.query<{ id: string; pid: number; service_id: string }>(
      `SELECT r.id, split_part(r.identity, '/', 1)::integer AS pid, r.service_id FROM replica r JOIN service s ON s.id = r.service_id
       WHERE s.name = $1 AND r.state = 'Ready'`,
      [name],
    );
    return row!;
  };
  const mode = (...parts: string[]): string => (statSync(path.join(stage.home, ...parts)).mode & 0o777).toString(8);

  it('should unpack each layer once, read-only, and merge what belongs below /app', async () => {
    expect(await create('unpacked', 'iris:1')).toMatchObject({ state: 'Succeeded' });
    await stage.registry.addImage('iris', 2, { 'score.py': script('two') });
    const before = new Map(stage.registry.served);
    expect(await create('unpacked-again', 'iris:2')).toMatchObject({ state: 'Succeeded' });
    const twice = [...stage.registry.served].filter(
      ([digest, count]) => (before.get(digest) ?? 0) > 0 && count > before.get(digest)!,
    );
    expect(twice).toEqual([]);
    const answer = await score(router.route('unpacked'));
    const app = (answer.env as { AML_APP_ROOT: string }).AML_APP_ROOT;
    expect(readdirSync(app).sort()).toEqual(['outputs', 'score.py', 'src']);
    const relative = path.relative(stage.home, app);
    expect([mode('layers'), mode(relative), mode(relative, 'score.py')]).toEqual(['711', '555', '444']);
    expect(stage.registry.authorizations).toEqual(new Set(['Bearer a-secret-of-the-deployer']));
  });

  it('should give a replica folders of its own and nothing of this process', async () => {
    const { id, pid, service_id } = await replica('unpacked');
    for (const kind of ['run', 'logs', 'spool']) expect(mode(kind, 'replicas', id)).toBe('700');
    const meta = JSON.parse(readFileSync(path.join(stage.home, 'spool/replicas', id, 'meta.json'), 'utf8')) as object;
    expect(meta).toMatchObject({
      account: 'acme',
      environment: 'local',
      serviceId: service_id,
      serviceName: 'unpacked',
      revision: 1,
      models: [{ name: 'iris-model', version: 1 }],
    });
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').filter(Boolean);
    const names = environment.map((line) => line.split('=')[0]!);
    // The one with the word is the folder of the service's own secrets.
    expect(names.filter((name) => /DATABASE|NATS|SECRET|SEAL|VITEST|npm_/.test(name))).toEqual(['SLIPWAY_SECRETS_DIR']);
    expect(environment).toContain('SLIPWAY_LISTEN=127.0.0.1:0');
    expect(environment).toContain('PYTHONNOUSERSITE=1');
  });

  it.runIf(asRoot)('should run it without rights to raise and with an end to its processes', async () => {
    const { pid } = await replica('unpacked');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t5\d{4}\t/m);
    expect(status).toMatch(/^Groups:\t ?$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/^Max processes +4096 +4096/m);
  });

  it.runIf(asRoot)('should let no service read what another one, or the installation, keeps', async () => {
    await stage.registry.addImage('nosy', 1, {
      'score.py': `
import json
def init(): pass
def run(body):
    found = {}
    for path in json.loads(body):
        try:
            open(path).read()
            found[path] = "read"
        except OSError as error:
            found[path] = type(error).__name__
    return found
`,
    });
    expect(await create('nosy', 'nosy:1')).toMatchObject({ state: 'Succeeded' });
    await eventually(() => expect(router.route('nosy')).toBeDefined());
    const { id } = await replica('unpacked');
    const files = ['seal.key', 'secret', `logs/replicas/${id}/replica.jsonl`, `run/replicas/${id}/replica.json`];
    const paths = files.map((file) => path.join(stage.home, file));
    const found = await score(router.route('nosy'), JSON.stringify(paths));
    expect(Object.values(found)).toEqual(paths.map(() => 'PermissionError'));
  });

  it('should not start an image whose bytes are not those of its digest', async () => {
    const image = await stage.registry.addImage('tampered', 1, { 'score.py': script('tampered') });
    stage.registry.flipOneByteOfLayers(image.digest!);
    const operation = await create('tampered', 'tampered:1');
    expect(operation).toMatchObject({ state: 'Failed', error: { code: 'digest_mismatch' } });
    expect(await stage.query(`SELECT 1 FROM replica r JOIN service s ON s.id = r.service_id WHERE s.name = 'tampered'`)).toEqual(
      [],
    );
    expect(readdirSync(path.join(stage.home, 'layers')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('should give up a revision that is never ready, and end its replica', async () => {
    await stage.registry.addImage('endless', 1, { 'score.py': script('endless', 'time.sleep(600)') });
    const accepted = await stage.send(UpdateService, { ref: 'unpacked', update: { imageId: 'endless:1' } });
    const operation = await stage.finish(accepted);
    expect(operation).toMatchObject({ state: 'Failed', error: { code: 'rollout_failed' } });
    expect(operation.error?.message).toContain('revision 2 stood still for too long with 0 of 1 replicas ready');
    expect(await stage.service('unpacked')).toMatchObject({ state: 'Succeeded', revision: 1 });
    const rows = await stage.query<{ pid: number }>(
      `SELECT split_part(identity, '/', 1)::integer AS pid FROM replica WHERE revision = 2 AND identity IS NOT NULL`,
    );
    await eventually(() => expect(rows.filter(({ pid }) => startTicks(pid))).toEqual([]));
  });

  it('should start a replica again from what is here, with the registry away', async () => {
    await stage.registry.close();
    const { pid } = await replica('unpacked-again');
    process.kill(pid, 'SIGKILL');
    await eventually(async () => {
      const fresh = await replica('unpacked-again');
      expect(fresh?.pid).toBeGreaterThan(0);
      expect(fresh.pid).not.toBe(pid);
    });
  });

  it('should believe no record of a replica about a process that is not its own', async () => {
    const { id, pid } = await replica('unpacked-again');
    const bystander = process.pid;
    const record = { id, pid: bystander, startTicks: Number(startTicks(bystander)), bootId: 'x', port: 1 };
    writeFileSync(path.join(stage.home, 'run/replicas', id, 'replica.json'), JSON.stringify(record));
    const operation = await stage.finish(await stage.send(UpdateService, { ref: 'unpacked-again', update: { numReplicas: 0 } }));
    expect(operation.state).toBe('Succeeded');
    await eventually(() => expect(startTicks(pid)).toBeUndefined());
  });
});
