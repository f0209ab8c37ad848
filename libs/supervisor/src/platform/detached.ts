import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import path from 'node:path';
import { readSupervisorEnv } from '../env.js';
import { SetupError, type SetupErrorCode } from '../errors.js';
import { prepareHome } from '../home/layout.js';
import { compiled, projectRoot } from '../project.js';
import { waitFor } from '../wait.js';
import type { OnProgress, Progress } from './progress.js';
import { type PlatformInfo, runningPlatform, type UpOptions } from './up.js';

/** What the parent tells the supervisor's process. */
export type DetachedOptions = Pick<UpOptions, 'ports' | 'appsFolder' | 'appSettings'>;

/** What the supervisor's process tells its parent until it is ready. */
export type DetachedMessage =
  | { kind: 'progress'; progress: Progress }
  | { kind: 'ready'; info: PlatformInfo }
  | { kind: 'failed'; code: SetupErrorCode | undefined; message: string };

const startLimitMs = 300_000;

/**
 * Starts Slipway with a supervisor of its own in the background, and resolves when every part is ready. One that runs already
 * is left as it is.
 * @throws SetupError as {@link up} does
 */
export async function upDetached(options: UpOptions = {}): Promise<PlatformInfo & { alreadyRunning: boolean }> {
  const env = options.env ?? readSupervisorEnv();
  const layout = prepareHome(env.home);
  const main = compiled('libs', 'supervisor', 'src', 'main.js');
  if (!existsSync(main)) throw new SetupError('not_built', `${main} is missing; run \`npm run build\` in ${projectRoot}`);
  const log = openSync(path.join(layout.logs, 'supervisor.log'), 'a', 0o600);
  const child = fork(main, [], {
    detached: true,
    cwd: layout.home,
    env: { ...env.raw, SLIPWAY_HOME: layout.home },
    execArgv: [],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  child.send({
    ports: options.ports,
    appsFolder: options.appsFolder,
    appSettings: options.appSettings,
  } satisfies DetachedOptions);
  try {
    const info = await untilReady(child, options.onProgress, options.signal);
    return { ...info, alreadyRunning: false };
  } catch (error) {
    if (!(error instanceof SetupError) || error.code !== 'already_running') throw error;
    const running = await waitFor(() => isReady(runningPlatform(layout)), startLimitMs, 100);
    if (!running) throw error;
    return { ...running, alreadyRunning: true };
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }
}

const isReady = <T extends { state: string }>(info: T | undefined): T | undefined => (info?.state === 'ready' ? info : undefined);

function untilReady(
  child: ChildProcess,
  onProgress: OnProgress | undefined,
  signal: AbortSignal | undefined,
): Promise<PlatformInfo> {
  return new Promise((resolve, reject) => {
    let failure: Error | undefined;
    child.on('message', (message: DetachedMessage) => {
      if (message.kind === 'progress') onProgress?.(message.progress);
      else if (message.kind === 'ready') resolve(message.info);
      else failure = message.code ? new SetupError(message.code, message.message) : new Error(message.message);
    });
    child.once('error', reject);
    child.once('exit', (code, by) => {
      reject(failure ?? new SetupError('part_failed', `the supervisor ended while it started (${by ?? code})`));
    });
    // It takes SIGTERM during its start as the wish to undo it, and then says so.
    signal?.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
    if (signal?.aborted) child.kill('SIGTERM');
  });
}
