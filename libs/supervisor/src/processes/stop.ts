import { waitFor } from '../wait.js';
import { isRunning, type ProcessIdentity, readStat } from './identity.js';

export interface StopStep {
  signal: NodeJS.Signals;
  /** How long to wait for the end before the next step. */
  waitMs: number;
}

/** Asks for an orderly end, then forces it. */
export const politely = (waitMs: number): StopStep[] => [
  { signal: 'SIGTERM', waitMs },
  { signal: 'SIGKILL', waitMs: 5_000 },
];

/**
 * Ends exactly this process: nothing is sent when the pid now belongs to another one. A process that leads its own
 * group takes the group with it when it is killed.
 * @returns whether it has ended.
 */
export async function stopProcess(identity: ProcessIdentity, steps: readonly StopStep[]): Promise<boolean> {
  for (const { signal, waitMs } of steps) {
    if (!isRunning(identity)) return true;
    send(identity.pid, signal);
    if (await waitFor(() => !isRunning(identity), waitMs)) return true;
  }
  return !isRunning(identity);
}

function send(pid: number, signal: NodeJS.Signals): void {
  const leadsGroup = readStat(pid)?.group === pid;
  try {
    process.kill(signal === 'SIGKILL' && leadsGroup ? -pid : pid, signal);
  } catch {
    // It ended meanwhile.
  }
}
