import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeFolder } from '#slipway/testing';

export const root = fileURLToPath(new URL('..', import.meta.url));
const main = path.join(root, 'dist/cli/src/main.js');

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

/** A whole Slipway in a home of its own, driven by its command line as a user would. */
export class Stage {
  readonly home = mkdtempSync(path.join(tmpdir(), 'slipway-home-'));
  readonly work = mkdtempSync(path.join(tmpdir(), 'slipway-work-'));
  private readonly env: NodeJS.ProcessEnv;

  constructor(extra: NodeJS.ProcessEnv = {}) {
    const { SLIPWAY_URL: _url, SLIPWAY_TOKEN: _token, ...inherited } = process.env;
    this.env = { ...inherited, SLIPWAY_HOME: this.home, ...extra };
  }

  async up(): Promise<void> {
    await this.ok('up', '--detach', '-o', 'json');
  }

  async close(): Promise<void> {
    await this.run(['down']);
    if (process.env.SLIPWAY_KEEP_HOME) return;
    for (const folder of [this.home, this.work]) removeFolder(folder);
  }

  /** Runs `slipway` in the work folder; never throws. */
  run(args: readonly string[], options: { timeoutMs?: number; cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Result> {
    return runProgram(process.execPath, [main, ...args], {
      cwd: options.cwd ?? this.work,
      env: { ...this.env, ...options.env },
      timeoutMs: options.timeoutMs ?? 240_000,
    });
  }

  /** Runs `slipway` and expects exit code 0; returns stdout. */
  async ok(...args: string[]): Promise<string> {
    const result = await this.run(args);
    if (result.code !== 0)
      throw new Error(`slipway ${args.join(' ')} ended with ${result.code}\n${result.stderr}\n${result.stdout}`);
    return result.stdout;
  }

  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, '-o', 'json')) as T;
  }

  /** A `slipway` that goes on in the background. */
  start(args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [main, ...args], { cwd: this.work, env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  pidOf(part: string): number {
    return (JSON.parse(readFileSync(path.join(this.home, 'run', `${part}.json`), 'utf8')) as { pid: number }).pid;
  }

  /** Kills a part as the kernel would; the supervisor starts it again. */
  kill(part: string): void {
    process.kill(this.pidOf(part), 'SIGKILL');
  }

  /** Waits until the part has another process than `before`. */
  async restarted(part: string, before: number): Promise<void> {
    await eventually(() => {
      if (this.pidOf(part) === before) throw new Error(`${part} was not started again`);
    }, 60_000);
  }

  get config(): { ports: Record<string, number> } {
    return JSON.parse(readFileSync(path.join(this.home, 'config.json'), 'utf8')) as { ports: Record<string, number> };
  }
}

export function runProgram(
  program: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv; timeoutMs: number },
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
    });
    const result: Result = { code: -1, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (result.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (result.stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...result, code: code ?? -1 }));
  });
}

export async function eventually<T>(check: () => T | Promise<T>, withinMs: number): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** A service without libraries: it adds, and says which weights it has. */
export const adder = {
  script: [
    'import json, os, time',
    '',
    'def init():',
    '    global weights',
    '    time.sleep(float(os.environ.get("INIT_SECONDS", "0")))',
    '    with open("weights.json") as file:',
    '        weights = json.load(file)',
    '',
    'def run(raw):',
    '    time.sleep(float(os.environ.get("RUN_SECONDS", "0")))',
    '    return {"sum": sum(json.loads(raw)["values"]) + weights["bias"], "bias": weights["bias"]}',
    '',
  ].join('\n'),
  model: (bias: number) => JSON.stringify({ bias }),
};

export interface Endpoint {
  url: string;
  key: string;
}

export async function call(
  endpoint: Endpoint,
  values: number[],
  signal: AbortSignal = AbortSignal.timeout(30_000),
): Promise<{ status: number; body: { sum: number; bias: number } }> {
  const response = await fetch(endpoint.url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${endpoint.key}` },
    body: JSON.stringify({ values }),
    signal,
  });
  return { status: response.status, body: (await response.json()) as { sum: number; bias: number } };
}
