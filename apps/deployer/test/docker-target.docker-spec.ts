import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CheckEnvironment,
  CreateEnvironment,
  CreateService,
  DeleteService,
  type Operation,
  UpdateService,
} from '#slipway/contracts';
import { startDocker, type TestDocker } from '#slipway/testing';
import { eventually, makeStage, score, script, type Stage } from './fixture.js';

/** This machine's Python with what it needs, as a root file system. */
function pythonRoot(): Buffer {
  const python = '/usr/bin/python3.11';
  const libraries = execFileSync('ldd', [python], { encoding: 'utf8' }).match(/\/lib\S+/g) ?? [];
  const skip = ['__pycache__', 'test', 'idlelib', 'config-*', 'dist-packages'].map((name) => `--exclude=${name}`);
  const words = ['-c', '-h', '-f', '-', '-C', '/', ...skip, '--transform=s,^usr/bin/python3.11$,usr/bin/python,'];
  const paths = ['usr/bin/python3.11', 'usr/lib/python3.11', ...libraries.map((file) => file.slice(1))];
  return execFileSync('tar', [...words, '--sort=name', '--mtime=@0', ...paths], { maxBuffer: 2 ** 28 });
}

describe('an environment of target docker', () => {
  let stage: Stage;
  let engine: TestDocker;
  let url: string;
  beforeAll(async () => {
    [stage, engine] = await Promise.all([makeStage(), startDocker()]);
    stage.registry.addBase(pythonRoot());
    await stage.registry.addImage('iris', 1, { 'score.py': script('one') });
    await stage.registry.addImage('iris', 2, { 'score.py': script('two') });
    url = (await stage.start()).url;
    const docker = { host: `unix://${engine.socket}` };
    const accepted = await stage.send(CreateEnvironment, { name: 'engine', target: 'docker', docker });
    expect(await stage.finish(accepted)).toMatchObject({ state: 'Succeeded' });
  });
  afterAll(async () => {
    await stage?.close();
    await engine?.close();
  });
  const create = async (name: string, imageId: string, more: object = {}): Promise<Operation> =>
    stage.finish(await stage.send(CreateService, { name, imageId, computeResource: { id: 'engine' }, ...more }), 120_000);
  const containers = async (): Promise<string[]> =>
    (await engine.docker(['ps', '-aq', '--no-trunc', '--filter', 'label=io.slipway.replica'])).split('\n').filter(Boolean);
  const route = async (name: string) => (await stage.snapshot(url, 'engine')).find((one) => one.name === name);

  it('should run a service in a closed container and answer from it', async () => {
    expect(await stage.send(CheckEnvironment, { ref: 'engine' })).toMatchObject({ ok: true });
    expect(await create('served', 'iris:1')).toMatchObject({ state: 'Succeeded' });
    expect(await score(await route('served'))).toMatchObject({ version: 'one', uid: 65532, model: 'model of iris:1' });
    const [id] = await containers();
    const [found] = JSON.parse(await engine.docker(['inspect', id!])) as [{ HostConfig: object; Name: string }];
    expect(found.HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      RestartPolicy: { Name: 'no' },
    });
  });

  it('should update it, and keep what serves when the next image is bad', async () => {
    const update = async (imageId: string): Promise<Operation> =>
      stage.finish(await stage.send(UpdateService, { ref: 'served', update: { imageId } }), 120_000);
    expect(await update('iris:2')).toMatchObject({ state: 'Succeeded' });
    expect(await score(await route('served'))).toMatchObject({ version: 'two' });
    await stage.registry.addImage('broken', 1, { 'score.py': 'def init(): raise ValueError("no model here")' });
    expect(await update('broken:1')).toMatchObject({ state: 'Failed', error: { code: 'init_failed' } });
    expect((await stage.service('served')).error?.message).toContain('ValueError: no model here');
    expect(await score(await route('served'))).toMatchObject({ version: 'two' });
  });

  it('should start a killed container again', async () => {
    await eventually(async () => expect(await containers()).toHaveLength(1), 60_000);
    const [before] = await containers();
    await engine.docker(['kill', before!]);
    await eventually(async () => {
      expect(await containers()).not.toContain(before);
      expect(await score(await route('served'))).toMatchObject({ version: 'two' });
    }, 60_000);
  });

  it('should say that a replica was out of memory, and how much it had', async () => {
    const files = { 'score.py': script('greedy', 'x = bytearray([1]) * (1 << 29)') };
    await stage.registry.addImage('greedy', 1, files);
    const operation = await create('greedy', 'greedy:1', { containerResourceReservation: { memory: '64Mi' } });
    expect(operation.error).toMatchObject({ code: 'out_of_memory' });
  });

  it('should end what no row stands for, and nothing of others', async () => {
    const [image] = (await engine.docker(['images', '-aq', '--no-trunc'])).split('\n');
    const environment = (await stage.query<{ id: string }>(`SELECT id FROM environment WHERE name = 'engine'`))[0]!.id;
    const run = async (...labels: string[]): Promise<string> =>
      (
        await engine.docker(['run', '-d', ...labels, '--entrypoint', 'python', image!, '-c', 'import time; time.sleep(600)'])
      ).trim();
    const replica = '01890000-0000-7000-8000-000000000001';
    await engine.docker(
      ['create', '--name', `slipway-${replica}`, '--label', `io.slipway.environment=${environment}`].concat([
        '--label',
        `io.slipway.replica=${replica}`,
        image!,
      ]),
    );
    const foreign = await run('--label', 'io.slipway.replica=someone');
    await eventually(async () => {
      const names = await engine.docker(['ps', '-a', '--format', '{{.Names}}']);
      expect(names).not.toContain(replica);
    }, 60_000);
    expect(await containers()).toContain(foreign);
    await engine.docker(['rm', '-f', foreign]);
  });

  it('should leave nothing when its services are deleted', async () => {
    for (const ref of ['served', 'greedy']) await stage.send(DeleteService, { ref });
    await eventually(async () => expect(await containers()).toEqual([]), 60_000);
  });
});
