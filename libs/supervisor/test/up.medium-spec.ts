import { createServer, type Server } from 'node:http';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import pg from 'pg';
import {
  down,
  identify,
  isRunning,
  migrate,
  type PlatformStatus,
  readSupervisorEnv,
  SetupError,
  status,
  up,
  upDetached,
} from '#slipway/supervisor';
import { chooseStablePort } from '#slipway/supervisor';
import { temporaryFolder } from '#slipway/testing';
import { writeStubApps } from './stub-apps.js';

let folder: string;
let home: string;
let appsFolder: string;
let wishes: { gateway: number; router: number };
const env = () => readSupervisorEnv({ ...process.env, SLIPWAY_HOME: home });
const options = () => ({ env: env(), appsFolder, ports: wishes });

beforeEach(async () => {
  folder = temporaryFolder('home');
  home = path.join(folder, 'home');
  appsFolder = writeStubApps(folder);
  wishes = { gateway: await chooseStablePort(), router: await chooseStablePort() };
});
afterEach(async () => {
  await down({ env: env() });
  expect(ownProcesses()).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});

/** Every process of the machine that names the test's folder in its command line or environment. */
function ownProcesses(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid || !identify(Number(pid))) return false;
    const text = ['cmdline', 'environ'].map((name) => readOr(`/proc/${pid}/${name}`)).join('');
    return text.includes(`${home}/`) || text.includes(`SLIPWAY_HOME=${home}\0`);
  });
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

const pidsOf = (seen: PlatformStatus | undefined): Record<string, number | undefined> =>
  Object.fromEntries((seen?.parts ?? []).map((part) => [part.name, part.pid]));
const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);

describe('up', () => {
  it('should start every part, tell apps where the others are, and leave nothing behind', async () => {
    const platform = await up(options());
    const seen = await status(env());
    expect(seen).toMatchObject({ state: 'running', url: `http://127.0.0.1:${wishes.gateway}`, pid: process.pid });
    expect(seen?.parts.map((part) => [part.name, part.state])).toEqual(
      ['postgres', 'nats', 'registry', 'builder', 'deployer', 'telemetry', 'router', 'gateway'].map((name) => [name, 'ready']),
    );
    const settings = (await (await fetch(`${platform.url}/settings`)).json()) as Record<string, string>;
    expect(settings).toMatchObject({
      SLIPWAY_HOME: home,
      SLIPWAY_PUBLIC_URL: platform.url,
      SLIPWAY_ROUTER_URL: platform.routerUrl,
      SLIPWAY_OWNER_TOKEN_FILE: platform.ownerTokenFile,
    });
    expect(readFileSync(platform.ownerTokenFile, 'utf8')).toMatch(/^slp_/);
    await expect(fetch(settings.SLIPWAY_REGISTRY_URL!)).resolves.toMatchObject({ status: 200 });

    const client = new pg.Client({ connectionString: settings.SLIPWAY_DATABASE_URL });
    await client.connect();
    const { rows } = await client.query<{ path: string; fsync: string; super: boolean }>(
      `SELECT current_schema() AS path, current_setting('fsync') AS fsync, rolsuper AS super FROM pg_roles WHERE rolname = current_user`,
    );
    await client.end();
    expect(rows).toEqual([{ path: 'gateway', fsync: 'on', super: false }]);

    await platform.stop();
    expect(await status(env())).toMatchObject({ state: 'stopped' });
    expect(ownProcesses()).toEqual([]);
  });

  it('should keep secrets to their owner', async () => {
    const platform = await up(options());
    expect(mode(home)).toBe(process.getuid?.() === 0 ? '711' : '700');
    for (const name of ['secrets', 'blobs', 'nats']) expect(mode(path.join(home, name))).toBe('700');
    const files = readdirSync(path.join(home, 'secrets'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files.length).toBeGreaterThan(15);
    for (const file of files) expect(mode(path.join(file.parentPath, file.name))).toBe('600');
    expect(mode(path.join(home, 'nats', 'nats.conf'))).toBe('600');
    await platform.stop();
  });

  it('should keep ports and data, and migrate only what is new', async () => {
    const first = await up(options());
    await first.stop();
    const config = readFileSync(path.join(home, 'config.json'), 'utf8');
    const second = await up({ env: env(), appsFolder });
    expect(second.url).toBe(first.url);
    await second.stop();
    expect(readFileSync(path.join(home, 'config.json'), 'utf8')).toBe(config);
    const lines = () => readFileSync(path.join(home, 'migrations.txt'), 'utf8').trim().split('\n').sort();
    expect(lines()).toEqual(['builder', 'deployer', 'gateway', 'registry', 'telemetry']);
    await expect(migrate({ env: env(), appsFolder })).resolves.toMatchObject({
      migrated: expect.arrayContaining(['gateway']) as unknown,
    });
    expect(lines()).toHaveLength(10);
    expect(await status(env())).toMatchObject({ state: 'stopped' });
  });

  it('should start a part again that was killed', async () => {
    const platform = await up(options());
    const before = pidsOf(await status(env()));
    for (const name of ['registry', 'nats', 'postgres'] as const) process.kill(before[name]!, 'SIGKILL');
    const back = async (): Promise<boolean> => {
      const seen = await status(env());
      const pids = pidsOf(seen);
      return (
        ['registry', 'nats', 'postgres'].every((name) => pids[name] !== before[name]) &&
        (seen?.parts.every((part) => part.state === 'ready') ?? false)
      );
    };
    await expect.poll(back, { timeout: 30_000, interval: 200 }).toBe(true);
    const seen = await status(env());
    expect(seen?.parts.find((part) => part.name === 'registry')?.restarts).toBe(1);
    expect(pidsOf(seen)['gateway']).toBe(before['gateway']);
    await platform.stop();
  });

  it('should say which part does not start and why, and stop the others', async () => {
    const failing = up({ ...options(), appSettings: { builder: { SLIPWAY_STUB_FAULT: 'exit' } } });
    await expect(failing).rejects.toThrow(
      /^the builder ended while it started: SLIPWAY_STUB is wrong: give it a value; its log is .*builder\.log$/,
    );
    expect(ownProcesses()).toEqual([]);
  });

  it('should end what it started when it is interrupted', async () => {
    const abort = new AbortController();
    const starting = up({ ...options(), signal: abort.signal, onProgress: ({ part }) => part === 'nats' && abort.abort() });
    await expect(starting).rejects.toMatchObject({ code: 'interrupted' });
    expect(ownProcesses()).toEqual([]);
  });

  it('should name who holds a kept port, and take another one by --port', async () => {
    await (await up(options())).stop();
    const squatter: Server = createServer().listen(wishes.gateway, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    await expect(up({ env: env(), appsFolder })).rejects.toThrow(
      new RegExp(`^port ${wishes.gateway} of the gateway is taken by .*\\(pid ${process.pid}\\); .*\`slipway up --port \\d+\``),
    );
    const other = await chooseStablePort();
    const platform = await up({ env: env(), appsFolder, ports: { gateway: other } });
    expect(platform.url).toBe(`http://127.0.0.1:${other}`);
    await platform.stop();
    squatter.close();
  });

  it('should refuse a home that cannot be one, in one sentence', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    home = path.join(folder, 'file', 'home');
    await expect(up(options())).rejects.toThrow(
      /file\/home cannot be Slipway's home: a part of the path is a file; set SLIPWAY_HOME/,
    );
    home = path.join(folder, 'home');
    await (await up(options())).stop();
    rmSync(path.join(home, 'secrets', 'seal', 'deployer.key'));
    await expect(up(options())).rejects.toThrow(/deployer\.key is missing, .*restore it from a backup/);
  });
});

describe('upDetached', () => {
  it('should leave a supervisor behind that a second start finds', async () => {
    const messages: string[] = [];
    const first = await upDetached({ ...options(), onProgress: ({ part }) => messages.push(part) });
    expect(first.alreadyRunning).toBe(false);
    expect(messages).toEqual(expect.arrayContaining(['postgres', 'nats', 'registry', 'gateway']));
    await expect(upDetached(options())).resolves.toMatchObject({ alreadyRunning: true, pid: first.pid, url: first.url });
    await expect(up(options())).rejects.toThrow(`Slipway is already running at ${first.url} (pid ${first.pid}, ready)`);
    await expect(down({ env: env() })).resolves.toMatchObject({ wasRunning: true });
    await expect(down({ env: env() })).resolves.toMatchObject({ wasRunning: false });
  });

  it('should start once when it is asked for three times at once on a new home', async () => {
    const starts = await Promise.all([1, 2, 3].map(() => upDetached(options())));
    expect(starts.map((start) => start.alreadyRunning).sort()).toEqual([false, true, true]);
    expect(new Set(starts.map((start) => start.pid)).size).toBe(1);
  });

  it('should pass on why a part does not start', async () => {
    const failing = upDetached({ ...options(), appSettings: { gateway: { SLIPWAY_STUB_FAULT: 'exit' } } });
    await expect(failing).rejects.toBeInstanceOf(SetupError);
    await expect(failing).rejects.toMatchObject({
      code: 'part_failed',
      message: expect.stringMatching(/^the gateway ended/) as unknown,
    });
  });

  it('should take over from a supervisor that was killed: router, database and bus go on, the others start anew', async () => {
    const first = await upDetached(options());
    const before = pidsOf(await status(env()));
    process.kill(first.pid, 'SIGKILL');
    await expect.poll(() => status(env()), { timeout: 5_000 }).toMatchObject({ state: 'abandoned' });
    const second = await upDetached(options());
    expect(second.alreadyRunning).toBe(false);
    const after = pidsOf(await status(env()));
    for (const name of ['router', 'postgres', 'nats']) expect([name, after[name]]).toEqual([name, before[name]]);
    for (const name of ['registry', 'gateway', 'deployer']) expect(after[name]).not.toBe(before[name]);
  });

  it('should stop everything without a supervisor', async () => {
    const first = await upDetached(options());
    process.kill(first.pid, 'SIGKILL');
    // A record that was never written must not hide a process.
    rmSync(path.join(home, 'run', 'builder.json'));
    await expect(down({ env: env() })).resolves.toMatchObject({ wasRunning: true });
    expect(ownProcesses()).toEqual([]);
  });
});

describe('down', () => {
  it('should end replicas, and no process that a record only claims to be one', async () => {
    const { spawn } = await import('node:child_process');
    const { mkdirSync } = await import('node:fs');
    const platform = await up(options());
    const replica = spawn('/bin/sleep', ['600'], {
      detached: true,
      stdio: 'ignore',
      env: { SLIPWAY_LOG_FILE: path.join(home, 'logs', 'replicas', 'r1', 'replica.jsonl') },
    });
    const bystander = spawn('/bin/sleep', ['600'], { detached: true, stdio: 'ignore' });
    const identity = identify(bystander.pid!)!;
    mkdirSync(path.join(home, 'run', 'replicas', 'r2'), { recursive: true });
    const claim = { ...identity, startTicks: identity.startTicks + 1, id: 'r2' };
    writeFileSync(path.join(home, 'run', 'replicas', 'r2', 'replica.json'), JSON.stringify(claim));
    expect((await status(env()))?.replicas).toBe(1);
    const replicaIdentity = identify(replica.pid!)!;
    await platform.stop();
    expect(isRunning(replicaIdentity)).toBe(false);
    expect(isRunning(identity)).toBe(true);
    bystander.kill('SIGKILL');
  });
});
