import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** What tells one process from every other, also after a restart of the machine. */
export interface ProcessIdentity {
  pid: number;
  /** Field 22 of `/proc/<pid>/stat`. */
  startTicks: string;
  bootId: string;
}

export const formatIdentity = ({ pid, startTicks, bootId }: ProcessIdentity): string => `${pid}/${startTicks}/${bootId}`;

export function parseIdentity(text: string | undefined): ProcessIdentity | undefined {
  const [pid, startTicks, bootId] = text?.split('/') ?? [];
  return pid && startTicks && bootId !== undefined ? { pid: Number(pid), startTicks, bootId } : undefined;
}

let boot: string | undefined;

/** Changes with every start of the machine. */
export function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'ascii').trim();
  return boot;
}

/** Start ticks of a process from its `/proc/<pid>/stat`; undefined for one that ended, also if nobody has collected it yet. */
export function startTicksOf(stat: string): string | undefined {
  // Field 2 is the program's name, which may itself hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  const startTicks = stat === undefined ? undefined : startTicksOf(stat);
  return startTicks === undefined ? undefined : { pid, startTicks, bootId: bootId() };
}

/** Whether the very process is still there, and not a later one with its number. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  if (identity.bootId !== bootId()) return false;
  const now = await identityOf(identity.pid);
  return now?.startTicks === identity.startTicks;
}
