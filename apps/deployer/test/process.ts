import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';
import { reapAtExit } from '#slipway/testing';

const root = path.resolve(import.meta.dirname, '../../..');

/** The deployer's program as one file below `dist`, where its packages are found. */
export async function bundleDeployer(name: string): Promise<string> {
  const outDir = path.join(root, 'dist/.tests', `${name}-${process.pid}`);
  await build({
    root,
    logLevel: 'error',
    configFile: false,
    oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
    resolve: { conditions: ['slipway-src'] },
    ssr: { resolve: { conditions: ['slipway-src'] } },
    build: { ssr: 'apps/deployer/src/main.ts', outDir, emptyOutDir: true, minify: false, target: 'node24' },
  });
  reapAtExit(0, outDir);
  return path.join(outDir, 'main.js');
}

export interface DeployerProcess {
  url: string;
  child: ChildProcess;
  /** Resolves with the signal or status that ended it. */
  ended: Promise<number | string>;
  kill(): Promise<void>;
  stop(): Promise<number | string>;
}

/** A deployer as a process of its own, listening. */
export async function spawnDeployer(program: string, settings: Record<string, string>): Promise<DeployerProcess> {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', process.env.TEST_LOG ? 'inherit' : 'ignore'],
  });
  reapAtExit(child.pid!, program);
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | string);
  const url = await new Promise<string>((resolve, reject) => {
    void ended.then((how) => reject(new Error(`the deployer ended with ${how} before it was ready`)));
    createInterface(child.stdout).on('line', (line) => {
      if (process.env.TEST_LOG) process.stderr.write(`${line.slice(0, 500)}\n`);
      const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
      if (msg === 'the service is listening') resolve(`http://127.0.0.1:${port}`);
    });
  });
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | string> => {
    child.kill(signal);
    return ended;
  };
  return {
    url,
    child,
    ended,
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
}
