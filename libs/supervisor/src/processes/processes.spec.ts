import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { waitFor } from '../wait.js';
import { identify, isRunning, uptimeMs } from './identity.js';
import { chooseStablePort, portHolder, portIsFree } from './ports.js';
import { findByEnvironment } from './scan.js';
import { spawnDetached } from './spawn.js';
import { politely, stopProcess } from './stop.js';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(script: string, env: Record<string, string> = {}): ChildProcess & { pid: number } {
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true, env });
  children.push(child);
  return child as ChildProcess & { pid: number };
}

describe('identify', () => {
  it('should name a process for as long as it runs', async () => {
    const child = start('exec sleep 60');
    const identity = identify(child.pid)!;
    expect(isRunning(identity)).toBe(true);
    expect(uptimeMs(identity)).toBeLessThan(60_000);
    expect(isRunning({ ...identity, startTicks: identity.startTicks + 1 })).toBe(false);
    expect(isRunning({ ...identity, bootId: 'another boot' })).toBe(false);
    child.kill('SIGKILL');
    expect(await waitFor(() => !isRunning(identity), 5_000)).toBe(true);
  });

  it('should read a process whose name holds spaces and parentheses', () => {
    const { title } = process;
    process.title = 'a (b) c';
    expect(identify(process.pid)?.startTicks).toBeGreaterThan(0);
    process.title = title;
  });

  it('should take a zombie for ended', async () => {
    // The inner shell ends when its parent has become a program that never waits for it, and so stays a zombie.
    const child = start('(until grep -q sleep /proc/$$/comm; do :; done) & echo $!; exec sleep 60');
    const pid = Number(await new Promise<Buffer>((resolve) => child.stdout!.once('data', resolve)));
    const state = (): string => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]![0]!;
    expect(await waitFor(() => state() === 'Z', 5_000)).toBe(true);
    expect(identify(pid)).toBeUndefined();
  });
});

describe('stopProcess', () => {
  it('should end politely, or by force', async () => {
    const polite = identify(start('exec sleep 60').pid)!;
    expect(await stopProcess(polite, politely(5_000))).toBe(true);
    const child = start("trap '' TERM; echo ready; while :; do sleep 0.05; done");
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    const deaf = identify(child.pid)!;
    expect(await stopProcess(deaf, politely(100))).toBe(true);
  });

  it('should send nothing to a process that only has the same pid', async () => {
    const identity = identify(start('exec sleep 60').pid)!;
    expect(await stopProcess({ ...identity, startTicks: identity.startTicks - 1 }, politely(100))).toBe(true);
    expect(isRunning(identity)).toBe(true);
  });

  it('should take the group along when it must kill', async () => {
    const child = start("trap '' TERM; sleep 60 & echo $!; wait; wait");
    const worker = identify(Number(await new Promise<Buffer>((resolve) => child.stdout!.once('data', resolve))))!;
    await stopProcess(identify(child.pid)!, politely(100));
    expect(await waitFor(() => !isRunning(worker), 5_000)).toBe(true);
  });
});

describe('spawnDetached', () => {
  it('should write output to the file and tell how the process ended', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'slipway-spawn-'));
    const logFile = path.join(folder, 'x.log');
    const spawned = await spawnDetached({ file: '/bin/sh', args: ['-c', 'echo out; echo err >&2; exit 3'], env: {}, logFile });
    expect(await spawned.exited).toEqual({ code: 3, signal: null });
    expect(isRunning(spawned.identity)).toBe(false);
    expect(readFileSync(logFile, 'utf8')).toBe('out\nerr\n');
    await expect(spawnDetached({ file: '/nowhere', args: [], env: {}, logFile })).rejects.toThrow(
      /^\/nowhere could not be started/,
    );
    rmSync(folder, { recursive: true });
  });
});

describe('portHolder', () => {
  it('should name the process that listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    expect(await portIsFree(port)).toBe(false);
    expect(portHolder(port)?.pid).toBe(process.pid);
    await new Promise((resolve) => server.close(resolve));
    expect(await portIsFree(port)).toBe(true);
    expect(portHolder(port)).toBeUndefined();
  });
});

describe('chooseStablePort', () => {
  it('should stay below the ports that the system gives to outgoing connections', async () => {
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s/)[0]);
    expect(await chooseStablePort(new Set())).toBeLessThan(Math.max(first, 32_001));
  });
});

describe('findByEnvironment', () => {
  it('should find a process by its environment, without its children', async () => {
    const child = start('sleep 60 & echo ready; wait', { SLIPWAY_TEST_MARK: 'here' });
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    const found = findByEnvironment((entries) => (entries.includes('SLIPWAY_TEST_MARK=here') ? 'yes' : undefined));
    expect(found.map(({ identity, value }) => [identity.pid, value])).toEqual([[child.pid, 'yes']]);
    await stopProcess(identify(child.pid)!, [{ signal: 'SIGKILL', waitMs: 5_000 }]);
  });
});
