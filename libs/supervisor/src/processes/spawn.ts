import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { SetupError } from '../errors.js';
import { identify, type ProcessIdentity } from './identity.js';

export interface SpawnSpec {
  file: string;
  args: readonly string[];
  /** The whole environment: nothing is inherited. */
  env: Readonly<Record<string, string>>;
  cwd?: string;
  uid?: number | undefined;
  gid?: number | undefined;
  /** Takes stdout and stderr, appended. */
  logFile: string;
}

/** A process that goes on when its parent is gone: a session of its own, output straight into its file. */
export interface Spawned {
  identity: ProcessIdentity;
  /** Resolves with exit code and signal; it never rejects. */
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export async function spawnDetached(spec: SpawnSpec): Promise<Spawned> {
  const log = openSync(spec.logFile, 'a', 0o600);
  let child: ChildProcess;
  try {
    child = spawn(spec.file, spec.args, {
      detached: true,
      env: { ...spec.env },
      cwd: spec.cwd ?? '/',
      stdio: ['ignore', log, log],
      ...(spec.uid === undefined ? {} : { uid: spec.uid, gid: spec.gid ?? spec.uid }),
    });
  } finally {
    closeSync(log);
  }
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) =>
      reject(new SetupError('part_failed', `${spec.file} could not be started: ${cause.message}`, { cause })),
    );
  });
  child.unref();
  const pid = child.pid ?? 0;
  // A child that has already ended keeps its entry until Node reaps it, which cannot happen before this turn is over.
  return { identity: identify(pid) ?? { pid, startTicks: -1, bootId: '' }, exited };
}
