import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DomainError } from '#slipway/platform';

export interface Step {
  program: string;
  args: readonly string[];
  cwd: string;
  /** The whole environment of the process. */
  env: Readonly<Record<string, string>>;
  input?: string;
  timeoutMs: number;
  signal: AbortSignal;
  /** The build's folder, which remembers the process until it has ended. */
  folder: string;
  onLine?: (line: string) => void;
}

export interface StepResult {
  status: number;
  stdout: string;
  stderr: string;
}

const maxOutputBytes = 16 * 2 ** 20;
const maxLineChars = 4_000;
const pidFile = /^step-(\d+)\.pid$/;

/**
 * Runs a program in a process group of its own and waits for it; the whole group is killed at the time limit and on the signal.
 * @throws DomainError `deadline_exceeded`; Error when it cannot be started; the signal's reason
 */
export async function runStep(step: Step): Promise<StepResult> {
  step.signal.throwIfAborted();
  const child = spawn(step.program, step.args, {
    cwd: step.cwd,
    env: { ...step.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const record = remember(child, step.folder);
  const stdout = new Output(child.stdout, step.onLine);
  const stderr = new Output(child.stderr, step.onLine);
  child.stdin.on('error', () => undefined);
  child.stdin.end(step.input ?? '');
  let late = false;
  const end = (): void => killGroup(child.pid);
  const timer = setTimeout(() => {
    late = true;
    end();
  }, step.timeoutMs);
  step.signal.addEventListener('abort', end, { once: true });
  try {
    const status = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? -1));
    });
    step.signal.throwIfAborted();
    if (late) {
      throw new DomainError(
        'deadline_exceeded',
        `a build step took longer than ${Math.round(step.timeoutMs / 1000)} s and was ended; use fewer or smaller packages, or raise SLIPWAY_BUILD_TIMEOUT_SECONDS`,
      );
    }
    return { status, stdout: stdout.text, stderr: stderr.text };
  } finally {
    clearTimeout(timer);
    step.signal.removeEventListener('abort', end);
    if (record) rmSync(record, { force: true });
  }
}

/** Ends the steps that a killed builder left running in this build's folder. */
export function endLeftSteps(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(pidFile.exec(name)?.[1] ?? 0);
    if (pid > 1 && startOf(pid) === readFileSync(join(folder, name), 'utf8')) killGroup(pid);
  }
}

function remember(child: ChildProcess, folder: string): string | undefined {
  if (child.pid === undefined) return undefined;
  const start = startOf(child.pid);
  if (start === undefined) return undefined;
  const file = join(folder, `step-${child.pid}.pid`);
  writeFileSync(file, start);
  return file;
}

/** Boot and start time of a process: with its number they name it for ever. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}`;
  } catch {
    return undefined;
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

/** Keeps the first bytes of an output and passes its lines on. */
class Output {
  text = '';
  private rest = '';

  constructor(stream: NodeJS.ReadableStream, onLine?: (line: string) => void) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      if (this.text.length < maxOutputBytes) this.text += chunk;
      if (!onLine) return;
      const lines = (this.rest + chunk).split(/\r\n|\n|\r/);
      this.rest = lines.pop()!.slice(0, maxLineChars);
      for (const line of lines) onLine(line.slice(0, maxLineChars));
    });
    stream.on('end', () => {
      if (onLine && this.rest !== '') onLine(this.rest);
    });
  }
}
