import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runAtExit, temporaryFolder } from './reaper.js';

export interface TestDocker {
  /** Of the engine's API. */
  socket: string;
  /** Of the containerd that the engine runs. */
  containerdSocket: string;
  /** Runs `docker` on this engine with a configuration of its own; gives what it prints. @throws Error with its words */
  docker(args: readonly string[], input?: string): Promise<string>;
  /** Stops the engine with its containers and removes its files. */
  close(): Promise<void>;
}

/** Why no Docker Engine can be started here; undefined when one can. */
export function dockerMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'a Docker Engine of its own needs root';
  return existsSync('/usr/sbin/dockerd') ? undefined : 'there is no dockerd: install docker.io and iptables';
}

/** Ends an engine by its pid file, unless another process has that number by now. */
const stopScript = 'pid=$(cat "$0/dockerd.pid") && grep -qsaF -- "$0" "/proc/$pid/cmdline" && kill "$pid" && sleep 10';

/** Starts a Docker Engine of its own. It ends with this process, however that ends. */
export async function startDocker(): Promise<TestDocker> {
  const folder = temporaryFolder('docker');
  mkdirSync(path.join(folder, 'config'));
  const socket = path.join(folder, 'd.sock');
  const log = path.join(folder, 'dockerd.log');
  const [data, exec, pidFile] = ['data', 'exec', 'dockerd.pid'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  runAtExit(['/bin/sh', '-c', stopScript, folder], {}, folder);
  const args = ['-H', `unix://${socket}`, '--data-root', data, '--exec-root', exec, '-p', pidFile];
  const output = openSync(log, 'a');
  const engine = spawn('/usr/sbin/dockerd', args, { stdio: ['ignore', output, output], detached: true });
  const docker = (words: readonly string[], input = ''): Promise<string> =>
    new Promise((resolve, reject) => {
      const global = ['--config', path.join(folder, 'config'), '-H', `unix://${socket}`];
      const child = execFile(
        'docker',
        [...global, ...words],
        { maxBuffer: 2 ** 26, timeout: 240_000 },
        (error, stdout, stderr) => {
          if (error) reject(new Error(`docker ${words.join(' ')}: ${stderr || error.message}`));
          else resolve(stdout);
        },
      );
      child.stdin!.on('error', () => undefined).end(input);
    });
  await ready(engine, () => docker(['version']), log);
  return {
    socket,
    containerdSocket: path.join(exec, 'containerd', 'containerd.sock'),
    docker,
    close: async () => {
      if (engine.exitCode !== null || engine.signalCode !== null) return;
      engine.kill('SIGTERM');
      await once(engine, 'exit');
    },
  };
}

async function ready(engine: ChildProcess, ask: () => Promise<unknown>, log: string): Promise<void> {
  for (let left = 300; ; left -= 1) {
    if (engine.exitCode !== null || left === 0)
      throw new Error(`dockerd did not start: ${readFileSync(log, 'utf8').slice(-2_000)}`);
    const answers = await ask().then(
      () => true,
      () => false,
    );
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
