import { readSupervisorEnv, type SupervisorEnv } from '../env.js';
import { SetupError } from '../errors.js';
import { readConfig } from '../home/config.js';
import { diskOf, type Layout, prepareHome } from '../home/layout.js';
import { type HomeLock, takeLock } from '../home/lock.js';
import type { PortWishes } from '../home/ports.js';
import { readSupervisorRecord } from '../parts/record.js';
import { type Installation, publicUrl, routerUrl } from '../parts/specs.js';
import { waitFor } from '../wait.js';
import { openInstallation } from './installation.js';
import { endLeftovers } from './leftovers.js';
import { type OnProgress, teller } from './progress.js';
import { Supervisor } from './supervisor.js';

export interface UpOptions {
  /** Default: this process's environment. */
  env?: SupervisorEnv;
  /** Ports of the gateway and the router to use from now on. */
  ports?: PortWishes | undefined;
  onProgress?: OnProgress | undefined;
  /** Ends the start, and everything that it has started. */
  signal?: AbortSignal | undefined;
  /** Folder of the compiled apps; default `dist/apps`. */
  appsFolder?: string | undefined;
  /** Settings of single apps beyond their own, by app, for this start. */
  appSettings?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
}

/** Where a running Slipway is. */
export interface PlatformInfo {
  /** The gateway's address. */
  url: string;
  routerUrl: string;
  home: string;
  /** Folder of the telemetry files. */
  telemetryFolder: string;
  /** File with the owner's token. */
  ownerTokenFile: string;
  /** The supervisor's process. */
  pid: number;
}

export interface Platform extends PlatformInfo {
  /** Ends all parts and replicas. */
  stop(): Promise<void>;
  /** Resolves when everything has ended, rejects when a part would not end. */
  stopped: Promise<void>;
}

const reasonableWaitMs = 5_000;
const lowDisk = 0.1;

/**
 * Starts Slipway with this process as its supervisor, and resolves when every part is ready.
 * @throws SetupError `already_running`, or what keeps a part from starting; then nothing is left running.
 */
export async function up(options: UpOptions = {}): Promise<Platform> {
  const env = options.env ?? readSupervisorEnv();
  const tell = teller(options.onProgress);
  const layout = prepareHome(env.home);
  warnAboutDisk(layout, tell);
  const lock = await lockHome(layout);
  const installation = await orRelease(lock, async () => {
    await endLeftovers(layout, readConfig(layout).installation, new Set(['router', 'postgres', 'nats']));
    return openInstallation(layout, { ...options, env });
  });
  const supervisor = new Supervisor(installation, lock, tell);
  const abort = (): void => void supervisor.stop().catch(() => undefined);
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    if (options.signal?.aborted) abort();
    await supervisor.start();
  } catch (error) {
    tell('slipway', 'stops again');
    await supervisor.stop().catch(() => undefined);
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
  return { ...infoOf(installation), stop: () => supervisor.stop(), stopped: supervisor.whenStopped };
}

const infoOf = (installation: Installation): PlatformInfo => ({
  ...infoOfHome(installation.layout, process.pid),
  url: publicUrl(installation),
  routerUrl: routerUrl(installation),
});

const infoOfHome = (layout: Layout, pid: number): Omit<PlatformInfo, 'url' | 'routerUrl'> => ({
  home: layout.home,
  telemetryFolder: layout.telemetry,
  ownerTokenFile: `${layout.secrets}/owner-token`,
  pid,
});

/** What a supervisor that runs now says about itself, or undefined. */
export function runningPlatform(layout: Layout): (PlatformInfo & { state: 'starting' | 'ready' | 'stopping' }) | undefined {
  const record = readSupervisorRecord(layout);
  if (!record) return undefined;
  return { ...infoOfHome(layout, record.pid), url: record.url, routerUrl: record.routerUrl, state: record.state };
}

async function lockHome(layout: Layout): Promise<HomeLock> {
  const lock = await takeLock(layout.home);
  if (lock) return lock;
  // It takes its lock a moment before it says where it is.
  const running = await waitFor(() => runningPlatform(layout), reasonableWaitMs, 50);
  const where = running ? ` at ${running.url} (pid ${running.pid}, ${running.state})` : '';
  throw new SetupError(
    'already_running',
    `Slipway is already running${where} with home ${layout.home}; \`slipway down\` stops it`,
  );
}

async function orRelease<T>(lock: HomeLock, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function warnAboutDisk(layout: Layout, tell: (part: string, message: string) => void): void {
  const { free, total } = diskOf(layout.home);
  if (free < total * lowDisk)
    tell('slipway', `the disk of ${layout.home} is nearly full: ${Math.round(free / 2 ** 20)} MB are free`);
}
