import { existsSync, realpathSync } from 'node:fs';
import { readSupervisorEnv, type SupervisorEnv } from '../env.js';
import { type Config, type PortName, readConfig } from '../home/config.js';
import { bytesByKind, diskOf, type Kind, type Layout, layoutOf } from '../home/layout.js';
import { natsAnswers } from '../nats/server.js';
import { uptimeMs } from '../processes/identity.js';
import { answersReady, answersTcp } from '../processes/answers.js';
import { findReplicas } from '../parts/replicas.js';
import { readRecord } from '../parts/record.js';
import { apps, natsServerName } from '../parts/specs.js';
import { runningPlatform } from './up.js';

export interface PartStatus {
  name: string;
  /** `unready`: the process runs but says that it cannot work now. */
  state: 'ready' | 'unready' | 'stopped';
  pid: number | undefined;
  port: number | undefined;
  uptimeMs: number | undefined;
  /** Since the supervisor started it first. */
  restarts: number;
}

export interface PlatformStatus {
  home: string;
  /** `abandoned`: parts run without a supervisor, which was killed; `slipway up` takes them over. */
  state: 'running' | 'starting' | 'stopping' | 'abandoned' | 'stopped';
  url: string | undefined;
  routerUrl: string | undefined;
  pid: number | undefined;
  parts: PartStatus[];
  replicas: number;
  /** Bytes on disk by kind. */
  bytes: Record<Kind, number>;
  disk: { free: number; total: number };
}

/** @returns undefined when the home does not exist yet. */
export async function status(env: SupervisorEnv = readSupervisorEnv()): Promise<PlatformStatus | undefined> {
  if (!existsSync(env.home)) return undefined;
  const layout = layoutOf(realpathSync(env.home));
  const config = readConfig(layout);
  const parts = await Promise.all(partNames.map((name) => partStatus(layout, config, name)));
  const running = runningPlatform(layout);
  return {
    home: layout.home,
    state: running ? stateNames[running.state] : parts.some((part) => part.state !== 'stopped') ? 'abandoned' : 'stopped',
    url: running?.url,
    routerUrl: running?.routerUrl,
    pid: running?.pid,
    parts,
    replicas: findReplicas(layout).length,
    bytes: bytesByKind(layout),
    disk: diskOf(layout.home),
  };
}

const partNames: PortName[] = ['postgres', 'nats', ...apps.map((app) => app.name)];
const stateNames = { starting: 'starting', ready: 'running', stopping: 'stopping' } as const;

async function partStatus(layout: Layout, config: Config, name: PortName): Promise<PartStatus> {
  const record = readRecord(layout, name);
  if (!record) return { name, state: 'stopped', pid: undefined, port: config.ports[name], uptimeMs: undefined, restarts: 0 };
  const { pid, port, restarts } = record;
  const ready = await isReady(config, name, port);
  return { name, state: ready ? 'ready' : 'unready', pid, port, uptimeMs: uptimeMs(record), restarts };
}

function isReady(config: Config, name: PortName, port: number): Promise<boolean> {
  if (name === 'postgres') return answersTcp(port);
  return name === 'nats' ? natsAnswers(port, natsServerName(config)) : answersReady(port);
}
