import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';
import { reapAtExit } from '#slipway/testing';

const root = path.resolve(import.meta.dirname, '../../..');

/** The gateway's program as one file below `dist`, where its packages are found. */
export async function bundleGateway(): Promise<string> {
  const outDir = path.join(root, 'dist/.tests', `gateway-${process.pid}`);
  await build({
    root,
    logLevel: 'error',
    configFile: false,
    oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
    resolve: { conditions: ['slipway-src'] },
    ssr: { resolve: { conditions: ['slipway-src'] } },
    build: { ssr: 'apps/gateway/src/main.ts', outDir, emptyOutDir: true, minify: false, target: 'node24' },
  });
  reapAtExit(0, outDir);
  return path.join(outDir, 'main.js');
}

export interface GatewayProcess {
  url: string;
  child: ChildProcess;
  /** Resolves with the signal or the status that ended it. */
  ended: Promise<number | string>;
  kill(): Promise<void>;
  /** Most memory that it ever held, in bytes. */
  peakBytes(): number;
}

/** A gateway as a process of its own; undefined when it ended before it was ready. */
export async function spawnGateway(
  program: string,
  settings: Readonly<Record<string, string>>,
): Promise<GatewayProcess | undefined> {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', process.env.TEST_LOG ? 'inherit' : 'ignore'],
  });
  reapAtExit(child.pid!, program);
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | string);
  const url = await new Promise<string | undefined>((resolve) => {
    void ended.then(() => resolve(undefined));
    createInterface(child.stdout).on('line', (line) => {
      if (process.env.TEST_LOG) process.stderr.write(`${line}\n`);
      const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
      if (msg === 'the service is listening') resolve(`http://127.0.0.1:${port}`);
    });
  });
  if (url === undefined) return undefined;
  return {
    url,
    child,
    ended,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    peakBytes: () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024,
  };
}
