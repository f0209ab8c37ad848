import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adder, call, type Endpoint, eventually, Stage } from '../stage.js';

interface Named {
  id: string;
  name: string;
  version: number;
  state?: string;
}

const controlPlane = ['gateway', 'registry', 'builder', 'deployer', 'telemetry'] as const;
const parts = [...controlPlane, 'postgres', 'nats'] as const;

describe('kill -9', () => {
  const stage = new Stage();
  let endpoint: Endpoint;

  beforeAll(async () => {
    writeFileSync(path.join(stage.work, 'score.py'), adder.script);
    writeFileSync(path.join(stage.work, 'weights.json'), adder.model(1));
    await stage.up();
    const service = await stage.json<{ scoringUri: string }>(
      'service',
      'create',
      'adder',
      '-f',
      'score.py',
      '-m',
      'weights.json',
    );
    const { primaryKey } = await stage.json<{ primaryKey: string }>('service', 'keys', 'adder');
    endpoint = { url: service.scoringUri, key: primaryKey };
  });
  afterAll(() => stage.close());

  /** Kills the part a moment after the command began; what the command then says is what counts. */
  async function during(part: string, args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const before = stage.pidOf(part);
    const running = stage.run(args);
    await new Promise((resolve) => setTimeout(resolve, 350));
    stage.kill(part);
    const result = await running;
    await stage.restarted(part, before);
    await eventually(() => stage.ok('service', 'list', '-o', 'json'), 60_000);
    return result;
  }

  it.each(parts)('of %s while models are registered keeps every acknowledged one, once', async (part) => {
    const name = `registered-${part}`;
    const acknowledged: Named[] = [];
    const results = await Promise.all([
      during(part, ['model', 'register', '-m', 'weights.json', '-n', name, '-o', 'json']),
      ...[1, 2, 3].map(() => stage.run(['model', 'register', '-m', 'weights.json', '-n', name, '-o', 'json'])),
    ]);
    for (const result of results) if (result.code === 0) acknowledged.push(JSON.parse(result.stdout) as Named);
    const kept = await stage.json<Named[]>('model', 'list').then((models) => models.filter((model) => model.name === name));
    expect(kept.map((model) => model.id)).toEqual(expect.arrayContaining(acknowledged.map((model) => model.id)));
    expect(kept.map((model) => model.version).sort()).toEqual(kept.map((_model, index) => index + 1));
  });

  it.each(parts)('of %s while an image is built and deployed ends in a service that scores', async (part) => {
    const name = `built-${part}`;
    const result = await during(part, [
      'service',
      'create',
      name,
      '-f',
      'score.py',
      '-m',
      'weights.json',
      '-e',
      `PART=${part}`,
      '-o',
      'json',
    ]);
    if (result.code !== 0) {
      expect(result.stderr).toMatch(/next: /);
      const run = /--resume ([0-9a-f]+)/.exec(result.stderr)?.[1];
      const again = [
        'service',
        'create',
        name,
        '-f',
        'score.py',
        '-m',
        'weights.json',
        '-e',
        `PART=${part}`,
        '-o',
        'json',
        ...(run ? ['--resume', run] : []),
      ];
      await stage.ok(...again);
    }
    const services = await stage.json<Named[]>('service', 'list').then((all) => all.filter((service) => service.name === name));
    expect(services).toMatchObject([{ state: 'Succeeded' }]);
    await stage.ok('service', 'delete', name);
  });

  it('of the whole control plane, PostgreSQL and nats-server leaves predictions as they are, and replicas are adopted', async () => {
    const replicas = await stage
      .json<{ replicas: { id: string }[] }>('service', 'show', 'adder')
      .then((service) => service.replicas.map((replica) => replica.id));
    const supervisor = stage.pidOf('supervisor');
    process.kill(supervisor, 'SIGKILL');
    for (const part of parts) stage.kill(part);
    let failed = 0;
    for (let count = 0; count < 200; count += 1) {
      const { status, body } = await call(endpoint, [count]);
      if (status !== 200 || body.sum !== count + 1) failed += 1;
    }
    expect(failed).toBe(0);
    await stage.up();
    expect((await call(endpoint, [1])).status).toBe(200);
    await eventually(async () => {
      const after = await stage.json<{ replicas: { id: string }[]; state: string }>('service', 'show', 'adder');
      expect(after.replicas.map((replica) => replica.id)).toEqual(replicas);
      expect(after.state).toBe('Succeeded');
    }, 60_000);
  });

  it('of the router fails only what it held, and it serves again at once', async () => {
    const before = stage.pidOf('router');
    stage.kill('router');
    await stage.restarted('router', before);
    await eventually(async () => expect((await call(endpoint, [2])).body.sum).toBe(3), 20_000);
  });

  it('of a replica is mended by a new one', async () => {
    const [replica] = (await stage.json<{ replicas: { id: string }[] }>('service', 'show', 'adder')).replicas;
    const record = JSON.parse(readFileSync(path.join(stage.home, 'run/replicas', replica!.id, 'replica.json'), 'utf8')) as {
      pid: number;
    };
    process.kill(record.pid, 'SIGKILL');
    await eventually(async () => expect((await call(endpoint, [3])).body.sum).toBe(4), 30_000);
  });
});
