import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';
import type { RouteRecord } from '#slipway/contracts';
import { reapAtExit, temporaryFolder } from '#slipway/testing';

const root = path.resolve(import.meta.dirname, '../../../..');
/** Nobody listens on the discard port. */
const noNats = 'nats://127.0.0.1:9';

/** The router's programs as files below `dist`, where their packages are found. */
export async function bundleRouter(): Promise<string> {
  const outDir = path.join(root, 'dist/.tests', `router-${process.pid}`);
  await build({
    root,
    logLevel: 'error',
    configFile: false,
    oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
    resolve: { conditions: ['slipway-src'] },
    ssr: { resolve: { conditions: ['slipway-src'] } },
    build: {
      ssr: true,
      rolldownOptions: {
        input: ['apps/router/src/main.ts', 'apps/router/src/spool/spool.worker.ts'],
        // As the compiler does: the thread's program is found beside the module that starts it.
        output: { preserveModules: true, preserveModulesRoot: root, entryFileNames: '[name].js' },
      },
      outDir,
      emptyOutDir: true,
      minify: false,
      target: 'node24',
    },
  });
  reapAtExit(0, outDir);
  return path.join(outDir, 'apps/router/src/main.js');
}

export interface RouterProcess {
  url: string;
  internalUrl: string;
  home: string;
  child: ChildProcess;
  /** Lines of its log, parsed. */
  lines: { msg: string; level: string; [field: string]: unknown }[];
  /** Resolves with the signal or status that ended it. */
  ended: Promise<number | string>;
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
  metric(name: string): Promise<number>;
}

export function newHome(): string {
  return temporaryFolder('router');
}

/** What a router finds on disk when it starts. */
export function storeRoutes(home: string, routes: readonly RouteRecord[]): void {
  mkdirSync(path.join(home, 'run/router'), { recursive: true });
  writeFileSync(path.join(home, 'run/router/routes.json'), JSON.stringify({ routes }));
}

/** A router as a process of its own that has begun to listen. */
export async function startRouterProcess(
  program: string,
  home: string,
  settings: Record<string, string> = {},
): Promise<RouterProcess> {
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env.PATH,
      SLIPWAY_HOME: home,
      SLIPWAY_LISTEN: '127.0.0.1:0',
      SLIPWAY_ROUTER_LISTEN: '127.0.0.1:0',
      SLIPWAY_NATS_URL: noNats,
      SLIPWAY_DRAIN_QUIET_MS: '300',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  reapAtExit(child.pid!, program);
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | string);
  const lines: RouterProcess['lines'] = [];
  const ports = await new Promise<{ listen: number; internal: number }>((resolve, reject) => {
    let internal = 0;
    void ended.then((how) => reject(new Error(`the router ended with ${how}: ${JSON.stringify(lines.at(-1))}`)));
    createInterface(child.stdout).on('line', (text) => {
      if (process.env.TEST_LOG) process.stderr.write(`${text}\n`);
      const line = JSON.parse(text) as RouterProcess['lines'][number];
      lines.push(line);
      if (line.msg === 'the service is listening') internal = Number(line.port);
      if (line.msg === 'the router is listening') resolve({ listen: Number(line.port), internal });
    });
  });
  const internalUrl = `http://127.0.0.1:${ports.internal}`;
  return {
    url: `http://127.0.0.1:${ports.listen}`,
    internalUrl,
    home,
    child,
    lines,
    ended,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
    metric: async (name) => {
      const text = await (await fetch(`${internalUrl}/metrics`)).text();
      return text
        .split('\n')
        .filter((line) => line.startsWith(name) && /[ {]/.test(line[name.length] ?? ''))
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    },
  };
}

/** Repeats a check until it passes. */
export async function eventually(check: () => void | Promise<void>, ms = 15_000): Promise<void> {
  const end = Date.now() + ms;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
