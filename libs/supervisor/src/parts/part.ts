import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SetupError } from '../errors.js';
import type { Layout } from '../home/layout.js';
import { isRunning, type ProcessIdentity } from '../processes/identity.js';
import { type Spawned, type SpawnSpec, spawnDetached } from '../processes/spawn.js';
import { stopProcess, type StopStep } from '../processes/stop.js';
import { sleep, waitFor } from '../wait.js';
import { readRecord, removeRecord, writeRecord } from './record.js';

/** One process that the supervisor keeps running. */
export interface PartSpec {
  name: string;
  port: number;
  process: SpawnSpec;
  /** Anything else that makes a running process another one, such as the build. */
  version: string;
  /** Asks the process itself; never throws. */
  ready: () => Promise<boolean>;
  readyLimitMs: number;
  stop: readonly StopStep[];
  /** Whether a process left by a killed supervisor is kept when it is ready and the same. */
  adoptable: boolean;
}

export type PartState = 'stopped' | 'starting' | 'ready' | 'restarting';

const pollMs = 250;
/** After this long without an end, the next end counts as the first. */
const calmMs = 30_000;
const backoffMs = (failures: number): number => Math.min(15_000, 200 * 2 ** Math.min(failures, 10)) * (0.75 + Math.random() / 2);
/** Ends during the first start before it is given up. */
const startAttempts = 3;

/** Starts a process, waits until it is ready, and starts it again whenever it ends, until it is stopped. */
export class Part {
  state: PartState = 'stopped';
  private identity: ProcessIdentity | undefined;
  private restarts = 0;
  private stopping = false;
  private watching: Promise<void> | undefined;

  constructor(
    private readonly spec: PartSpec,
    private readonly layout: Layout,
    private readonly tell: (part: string, message: string) => void,
  ) {}

  get name(): string {
    return this.spec.name;
  }

  get fingerprint(): string {
    const { file, args, env, uid } = this.spec.process;
    return createHash('sha256')
      .update(JSON.stringify([file, args, settingsOf(env), uid ?? null, this.spec.version]))
      .digest('hex');
  }

  /** Keeps a process that an earlier supervisor left, if it is the same and ready. */
  async adopt(): Promise<boolean> {
    const record = readRecord(this.layout, this.name);
    if (!this.spec.adoptable || !record || record.fingerprint !== this.fingerprint) return false;
    if (!(await waitFor(this.spec.ready, 3_000, 100)) || !isRunning(record)) return false;
    this.identity = record;
    this.restarts = record.restarts;
    this.state = 'ready';
    this.tell(this.name, 'goes on from before');
    this.watch(undefined);
    return true;
  }

  /**
   * Ends what an earlier supervisor left of this part, then starts it.
   * @throws SetupError `part_failed` with the last words of the process, when it does not get ready.
   */
  async start(): Promise<void> {
    this.state = 'starting';
    const old = readRecord(this.layout, this.name);
    if (old) await stopProcess(old, this.spec.stop);
    for (let attempt = 1; ; attempt += 1) {
      const logSize = logText(this.spec.process.logFile).length;
      const child = await this.spawn();
      const outcome = await this.untilReady(child);
      if (outcome === 'ready') {
        this.state = 'ready';
        this.watch(child);
        return;
      }
      if (outcome === 'late' && this.identity) await stopProcess(this.identity, this.spec.stop);
      if (this.stopping) return;
      if (outcome === 'late' || attempt === startAttempts)
        throw this.failed(outcome, logText(this.spec.process.logFile).slice(logSize));
      await sleep(backoffMs(attempt));
    }
  }

  async stop(): Promise<void> {
    this.stopping = true;
    if (this.identity && !(await stopProcess(this.identity, this.spec.stop))) {
      throw new SetupError('part_failed', `the ${this.name} (pid ${this.identity.pid}) does not end`);
    }
    await this.watching;
    removeRecord(this.layout, this.name);
    this.state = 'stopped';
  }

  private async spawn(): Promise<Spawned> {
    const child = await spawnDetached(this.spec.process);
    this.identity = child.identity;
    const { name, port } = this.spec;
    writeRecord(this.layout, { ...child.identity, name, port, fingerprint: this.fingerprint, restarts: this.restarts });
    return child;
  }

  private async untilReady(child: Spawned): Promise<'ready' | 'ended' | 'late'> {
    let ended = false;
    void child.exited.then(() => (ended = true));
    const answer = await waitFor(
      async () => (ended || this.stopping ? 'ended' : (await this.spec.ready()) ? 'ready' : undefined),
      this.spec.readyLimitMs,
      50,
    );
    return answer ?? 'late';
  }

  private watch(child: Spawned | undefined): void {
    this.watching = this.keepRunning(child).catch((error: unknown) => {
      this.tell(this.name, `is no longer watched: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  /** An adopted process is nobody's child here, so its end is seen by looking. */
  private async keepRunning(first: Spawned | undefined): Promise<void> {
    let child = first;
    let failures = 0;
    for (;;) {
      const since = performance.now();
      await this.untilEnded(child);
      if (this.stopping) return;
      failures = performance.now() - since > calmMs ? 0 : failures;
      this.state = 'restarting';
      this.restarts += 1;
      this.tell(this.name, 'ended; starting it again');
      await this.pause(failures === 0 ? 0 : backoffMs(failures));
      failures += 1;
      if (this.stopping) return;
      child = await this.spawn();
      if ((await this.untilReady(child)) === 'ready') {
        this.state = 'ready';
        this.tell(this.name, 'is back');
      }
    }
  }

  private async untilEnded(child: Spawned | undefined): Promise<void> {
    if (child) return void (await child.exited);
    while (this.identity && isRunning(this.identity)) await sleep(pollMs);
  }

  private async pause(ms: number): Promise<void> {
    await waitFor(() => this.stopping, ms, 50);
  }

  private failed(outcome: 'ended' | 'late', output: string): SetupError {
    const why = outcome === 'late' ? `was not ready after ${this.spec.readyLimitMs / 1_000} s` : 'ended while it started';
    const words = lastWords(output);
    if (/No space left on device|ENOSPC/.test(output)) {
      return new SetupError(
        'disk_full',
        `the disk of ${this.layout.home} is full: the ${this.name} ${why}; free some space and start again`,
      );
    }
    return new SetupError(
      'part_failed',
      `the ${this.name} ${why}${words ? `: ${words}` : ''}; its log is ${this.spec.process.logFile}`,
    );
  }
}

/** Where programs are found differs between `npm start` and `npx slipway` and makes no other process. */
const programSettings = new Set(['SLIPWAY_PYTHON', 'SLIPWAY_UV', 'SLIPWAY_NATS_SERVER']);

const settingsOf = (env: Readonly<Record<string, string>>): [string, string][] =>
  Object.entries(env)
    .filter(([name]) => name.startsWith('SLIPWAY_') && !programSettings.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));

function logText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The last error of a log, be it JSON lines or plain text. */
export function lastWords(output: string): string {
  const lines = output.trim().split('\n').filter(Boolean);
  for (const line of lines.reverse()) {
    try {
      const entry = JSON.parse(line) as { level?: string; msg?: string; error?: { message?: string } };
      if (entry.level === 'error' || entry.level === 'fatal') return entry.error?.message ?? entry.msg ?? line;
    } catch {
      if (/error|fatal|panic|cannot|\[(?:ERR|FTL)\]/i.test(line)) return line.trim();
    }
  }
  return lines[0]?.trim() ?? '';
}
