import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';
import { reapAtExit } from '#slipway/testing';

const root = path.resolve(import.meta.dirname, '../../..');

/** An app's programs as files below `dist`, where their packages are found. */
export async function bundle(app: 'registry' | 'builder'): Promise<{ main: string; migrate: string }> {
  const outDir = path.join(root, 'dist/.tests', `${app}-for-builder-${process.pid}`);
  await build({
    root,
    logLevel: 'error',
    configFile: false,
    oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
    resolve: { conditions: ['slipway-src'] },
    ssr: { resolve: { conditions: ['slipway-src'] } },
    build: {
      ssr: true,
      rolldownOptions: { input: { main: `apps/${app}/src/main.ts`, migrate: `apps/${app}/src/migrate.ts` } },
      outDir,
      emptyOutDir: true,
      minify: false,
      target: 'node24',
    },
  });
  reapAtExit(0, outDir);
  return { main: path.join(outDir, 'main.js'), migrate: path.join(outDir, 'migrate.js') };
}

export interface AppProcess {
  url: string;
  child: ChildProcess;
  /** Resolves with the signal or status that ended it. */
  ended: Promise<number | string>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** A program as a process of its own, ready to answer. */
export async function start(program: string, settings: Record<string, string>): Promise<AppProcess> {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', process.env['TEST_LOG'] ? 'inherit' : 'ignore'],
  });
  reapAtExit(child.pid!, program);
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | string);
  const url = await new Promise<string>((resolve, reject) => {
    void ended.then((how) => reject(new Error(`${program} ended with ${how} before it was ready`)));
    createInterface(child.stdout).on('line', (line) => {
      if (process.env['TEST_LOG']) process.stderr.write(`${line}\n`);
      const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
      if (msg === 'the service is listening') resolve(`http://127.0.0.1:${port}`);
    });
  });
  const stop = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  return { url, child, ended, stop };
}

export async function migrate(program: string, adminUrl: string): Promise<void> {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, SLIPWAY_ADMIN_DATABASE_URL: adminUrl },
    stdio: 'inherit',
  });
  const [code] = (await once(child, 'exit')) as [number];
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
}
