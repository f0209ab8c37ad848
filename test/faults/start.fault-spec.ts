import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  compiled,
  ensureDatabase,
  layoutOf,
  provisionSchemas,
  readRecord,
  sleep,
  waitFor,
  withAdministrator,
} from '#slipway/supervisor';
import { startPlatform, startPostgres, type TestPlatform } from '#slipway/testing';

const services = ['registry', 'builder', 'deployer', 'telemetry', 'gateway'];
const parts = ['postgres', 'nats', 'router', ...services];

/** A small generator of repeatable numbers in [0, 1): the seed is in the test's name. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

describe('migrations', () => {
  it('should all succeed when every service migrates three times at once on an empty database', async () => {
    const server = await startPostgres();
    const url = new URL(server.url);
    url.pathname = '/slipway';
    await withAdministrator(server.url, (client) => ensureDatabase(client, 'slipway'));
    const schemas = services.map((name) => ({ schema: name, role: name, password: 'secret' }));
    // The same step may run more than once at a time as well.
    await Promise.all([1, 2, 3].map(() => withAdministrator(url.href, (client) => provisionSchemas(client, 'slipway', schemas))));
    const ends = await Promise.all([...services, ...services, ...services].map((name) => migrate(name, url.href)));
    expect(ends).toEqual(ends.map(() => 0));
    await server.close();
  });
});

function migrate(service: string, url: string): Promise<number | null> {
  const child = spawn(process.execPath, [compiled('apps', service, 'src', 'migrate.js')], {
    env: { PATH: process.env.PATH, SLIPWAY_ADMIN_DATABASE_URL: url, SLIPWAY_HOME: '/nowhere' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise((resolve) => child.once('exit', resolve));
}

describe('PostgreSQL', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await startPlatform();
  });
  afterAll(() => platform.close());

  it('should take no service along when it is restarted in immediate mode under load', async () => {
    const pids = async (): Promise<unknown> =>
      (await platform.status())?.parts.filter(({ name }) => name !== 'postgres').map(({ name, pid }) => [name, pid]);
    const before = await pids();
    const answers: { status: number; retryAfter: string | null; at: number }[] = [];
    const read = async (): Promise<void> => {
      const response = await fetch(`${platform.url}/api/v1/accounts/default/models`, {
        headers: { Authorization: `Bearer ${platform.token}` },
        signal: AbortSignal.timeout(20_000),
      });
      await response.arrayBuffer();
      answers.push({ status: response.status, retryAfter: response.headers.get('retry-after'), at: performance.now() });
    };
    await read();
    expect(answers[0]?.status).toBe(200);
    process.kill(readRecord(layoutOf(platform.home), 'postgres')!.pid, 'SIGQUIT');
    const gone = performance.now();
    const load = Array.from({ length: 100 }, async (_, index) => {
      await sleep(index * 50);
      await read();
    });
    await Promise.all(load);
    const back = await waitFor(async () => (await read(), answers.at(-1)?.status === 200), 10_000, 100);
    expect(back).toBe(true);
    expect(await pids()).toEqual(before);
    const refused = answers.filter(({ status }) => status !== 200);
    for (const { status, retryAfter } of refused) expect([status, Number(retryAfter) > 0]).toEqual([503, true]);
    const lastRefusal = Math.max(0, ...refused.map(({ at }) => at - gone));
    expect(lastRefusal).toBeLessThan(15_000);
  });
});

describe('the order of a start', () => {
  let platform: TestPlatform;
  let commands: Map<string, { file: string; args: string[]; env: Record<string, string>; uid: number; port: number }>;
  const children = new Map<string, ChildProcess>();

  /** How the supervisor started each part, so that a test can do it in another order. */
  beforeAll(async () => {
    platform = await startPlatform();
    commands = new Map(parts.map((name) => [name, commandOf(name)]));
    await platform.down();
  });
  afterAll(async () => {
    await stopAll();
    await platform.close();
  });

  function commandOf(name: string) {
    const { pid, port } = readRecord(layoutOf(platform.home), name)!;
    const words = (file: string): string[] => readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0').slice(0, -1);
    const [file = '', ...args] = words('cmdline');
    const env = Object.fromEntries(
      words('environ').map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    );
    return { file, args, env, uid: statSync(`/proc/${pid}`).uid, port };
  }

  function start(name: string): void {
    const { file, args, env, uid } = commands.get(name)!;
    const child = spawn(file, args, { env, uid, gid: uid, cwd: '/', stdio: 'ignore' });
    children.set(name, child);
  }

  async function stopAll(): Promise<void> {
    const stop = async (name: string): Promise<void> => {
      const child = children.get(name);
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill(name === 'postgres' ? 'SIGINT' : 'SIGTERM');
      await ended;
    };
    await Promise.all(parts.filter((name) => name !== 'postgres' && name !== 'nats').map(stop));
    await Promise.all(['postgres', 'nats'].map(stop));
    children.clear();
  }

  const isReady = async (name: string): Promise<boolean> => {
    const answer = await fetch(`http://127.0.0.1:${commands.get(name)!.port}/readyz`).catch(() => undefined);
    return answer?.ok ?? false;
  };

  it.each(Array.from({ length: 10 }, (_, index) => index + 1))('should not matter (seed %i)', async (seed) => {
    const random = seeded(seed);
    for (const name of shuffled(parts, random)) {
      start(name);
      await sleep(random() * 500);
    }
    const waiting = parts.filter((name) => name !== 'postgres' && name !== 'nats');
    const ready = await waitFor(async () => (await Promise.all(waiting.map(isReady))).every(Boolean), 60_000, 200);
    const exited = [...children].filter(([, child]) => child.exitCode !== null).map(([name]) => name);
    await stopAll();
    expect([exited, ready]).toEqual([[], true]);
  });
});
