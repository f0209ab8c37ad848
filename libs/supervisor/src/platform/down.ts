import { existsSync, realpathSync } from 'node:fs';
import { readSupervisorEnv, type SupervisorEnv } from '../env.js';
import { SetupError } from '../errors.js';
import { readConfig } from '../home/config.js';
import { type Layout, layoutOf } from '../home/layout.js';
import { takeLock } from '../home/lock.js';
import { readSupervisorRecord, removeRecord, removeSupervisorRecord } from '../parts/record.js';
import { stopReplicas } from '../parts/replicas.js';
import { stopProcess } from '../processes/stop.js';
import { waitFor } from '../wait.js';
import { leftovers, replicasAfterStage, stopStages, stopStepsOf } from './leftovers.js';
import { type OnProgress, teller } from './progress.js';

export interface DownOptions {
  env?: SupervisorEnv;
  onProgress?: OnProgress | undefined;
}

export interface DownReport {
  home: string;
  /** Whether anything of this home ran. */
  wasRunning: boolean;
}

/** Longer than all parts together may take to end. */
const supervisorLimitMs = 150_000;

/** Ends everything of the home: the supervisor with its parts, or what one that was killed has left, and all replicas. */
export async function down(options: DownOptions = {}): Promise<DownReport> {
  const env = options.env ?? readSupervisorEnv();
  const tell = teller(options.onProgress);
  if (!existsSync(env.home)) return { home: env.home, wasRunning: false };
  const layout = layoutOf(realpathSync(env.home));
  const supervised = await endSupervisor(layout, tell);
  const lock = await waitFor(() => takeLock(layout.home), 10_000, 100);
  if (!lock)
    throw new SetupError('part_failed', `another \`slipway up\` has taken ${layout.home} meanwhile; repeat \`slipway down\``);
  try {
    const ended = await endParts(layout, tell);
    removeSupervisorRecord(layout);
    return { home: layout.home, wasRunning: supervised || ended > 0 };
  } finally {
    await lock.release();
  }
}

async function endSupervisor(layout: Layout, tell: (part: string, message: string) => void): Promise<boolean> {
  const supervisor = readSupervisorRecord(layout);
  if (!supervisor) return false;
  tell('slipway', `stops (pid ${supervisor.pid})`);
  const ended = await stopProcess(supervisor, [
    { signal: 'SIGTERM', waitMs: supervisorLimitMs },
    { signal: 'SIGKILL', waitMs: 5_000 },
  ]);
  if (!ended)
    throw new SetupError('part_failed', `the supervisor (pid ${supervisor.pid}) does not end; it may belong to another user`);
  return true;
}

async function endParts(layout: Layout, tell: (part: string, message: string) => void): Promise<number> {
  const found = leftovers(layout, readConfig(layout).installation);
  const staged = new Set(stopStages.flat());
  const stages = [
    found.filter(({ name }) => !staged.has(name)),
    ...stopStages.map((names) => found.filter(({ name }) => names.includes(name))),
  ];
  let ended = 0;
  for (const [index, stage] of stages.entries()) {
    for (const { name } of stage) tell(name, 'stops');
    const results = await Promise.all(stage.map(({ name, identity }) => stopProcess(identity, stopStepsOf(name))));
    ended += results.length;
    const stuck = stage.find((_, position) => !results[position]);
    if (stuck)
      throw new SetupError(
        'part_failed',
        `the ${stuck.name} (pid ${stuck.identity.pid}) does not end; it may belong to another user`,
      );
    if (index === replicasAfterStage + 1) ended += await stopReplicas(layout);
  }
  for (const name of staged) removeRecord(layout, name);
  return ended;
}
