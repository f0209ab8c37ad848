import { readdirSync, readFileSync } from 'node:fs';
import { identify, type ProcessIdentity, readStat } from './identity.js';

export interface FoundProcess<T> {
  identity: ProcessIdentity;
  value: T;
}

/**
 * Every process of the machine whose environment at its start answers the question, as far as this user may see; a child
 * of such a one that answers too is left out.
 */
export function findByEnvironment<T>(question: (entries: readonly string[]) => T | undefined): FoundProcess<T>[] {
  const found = new Map<number, FoundProcess<T>>();
  for (const pid of readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    const value = question(environmentOf(pid));
    const identity = value === undefined ? undefined : identify(pid);
    if (value !== undefined && identity) found.set(pid, { identity, value });
  }
  return [...found.values()].filter(({ identity }) => !found.has(readStat(identity.pid)?.parent ?? 0));
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}
