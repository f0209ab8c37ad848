import { readFileSync } from 'node:fs';

/** Names one process for ever: a reused pid has another start, a rebooted machine another boot id. */
export interface ProcessIdentity {
  pid: number;
  /** Field 22 of /proc/<pid>/stat: clock ticks from the boot to the start. */
  startTicks: number;
  bootId: string;
}

interface Stat {
  state: string;
  parent: number;
  group: number;
  startTicks: number;
}

let ownBootId: string | undefined;

export function bootId(): string {
  ownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return ownBootId;
}

export function readStat(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the command in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? 'X', parent: Number(fields[1]), group: Number(fields[2]), startTicks: Number(fields[19]) };
}

/** The identity of a running process; a zombie has ended. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  if (!stat || stat.state === 'Z' || stat.state === 'X') return undefined;
  return { pid, startTicks: stat.startTicks, bootId: bootId() };
}

export function isRunning(identity: ProcessIdentity): boolean {
  if (identity.bootId !== bootId()) return false;
  return identify(identity.pid)?.startTicks === identity.startTicks;
}

/** Milliseconds since the process started. */
export function uptimeMs(identity: ProcessIdentity): number {
  // The kernel counts in 1/100 s for user space on every Linux that Node runs on.
  const sinceBoot = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  return Math.max(0, Math.round(sinceBoot * 1000 - identity.startTicks * 10));
}
