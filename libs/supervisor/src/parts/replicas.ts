import { lstatSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { readJson } from '../files.js';
import type { Layout } from '../home/layout.js';
import { identify, isRunning, type ProcessIdentity } from '../processes/identity.js';
import { findByEnvironment } from '../processes/scan.js';
import { politely, stopProcess } from '../processes/stop.js';

/**
 * Processes that serve models from this home: those that their records name, and those whose environment says so but that
 * have no record yet or none any more.
 */
export function findReplicas(layout: Layout): ProcessIdentity[] {
  const logs = `SLIPWAY_LOG_FILE=${path.join(layout.logs, 'replicas')}/`;
  const seen = findByEnvironment((entries) => (entries.some((entry) => entry.startsWith(logs)) ? true : undefined));
  const all = [...recorded(layout), ...seen.map((found) => found.identity)];
  return [...new Map(all.map((identity) => [identity.pid, identity])).values()];
}

function recorded(layout: Layout): ProcessIdentity[] {
  const folder = path.join(layout.run, 'replicas');
  let ids: string[];
  try {
    ids = readdirSync(folder);
  } catch {
    return [];
  }
  return ids.map((id) => readReplica(path.join(folder, id, 'replica.json'))).filter((identity) => identity !== undefined);
}

/**
 * The replica itself writes this file, so that under root it is a claim of user code: it is believed only for a process of the
 * user who wrote it.
 */
function readReplica(file: string): ProcessIdentity | undefined {
  const owner = lstatSync(file, { throwIfNoEntry: false });
  const record = owner?.isFile() ? readJson<{ pid: unknown; startTicks: unknown; bootId: unknown }>(file) : undefined;
  if (!record) return undefined;
  const identity = { pid: Number(record.pid), startTicks: Number(record.startTicks), bootId: String(record.bootId) };
  if (!Number.isInteger(identity.pid) || identity.pid < 2 || !isRunning(identity)) return undefined;
  return ownerOf(identity.pid) === owner?.uid ? identify(identity.pid) : undefined;
}

function ownerOf(pid: number): number | undefined {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
}

/** Ends all replicas of a home; a deployer that still runs would start them again. */
export async function stopReplicas(layout: Layout): Promise<number> {
  const replicas = findReplicas(layout);
  await Promise.all(replicas.map((identity) => stopProcess(identity, politely(10_000))));
  // Workers outlive a replica that was killed before it could end them.
  await Promise.all(findReplicas(layout).map((identity) => stopProcess(identity, [{ signal: 'SIGKILL', waitMs: 5_000 }])));
  return replicas.length;
}
