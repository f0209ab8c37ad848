import type { Layout } from '../home/layout.js';
import { isRunning, type ProcessIdentity } from '../processes/identity.js';
import { politely, stopProcess, type StopStep } from '../processes/stop.js';
import { findParts, readRecord, removeRecord } from '../parts/record.js';

/** Ends of parts come in this order, so that none loses what it needs to end well. */
export const stopStages: readonly (readonly string[])[] = [
  ['gateway'],
  ['router', 'deployer', 'builder'],
  ['registry', 'telemetry'],
  ['nats', 'postgres'],
];
/** Between these stages replicas are ended: no deployer starts them again, no router sends to them. */
export const replicasAfterStage = 1;

const fastShutdown: StopStep[] = [
  { signal: 'SIGINT', waitMs: 20_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
];

export const stopStepsOf = (part: string): StopStep[] => (part === 'postgres' ? fastShutdown : politely(25_000));

/** Parts of an earlier supervisor that still run: recorded ones, and marked ones whose record was never written. */
export function leftovers(
  layout: Layout,
  installation: string,
): { name: string; identity: ProcessIdentity; recorded: boolean }[] {
  return findParts(installation).map(({ value: name, identity }) => ({
    name,
    identity,
    recorded: readRecord(layout, name)?.pid === identity.pid,
  }));
}

/** Ends leftovers, except recorded ones of the names to keep. */
export async function endLeftovers(layout: Layout, installation: string, keep: ReadonlySet<string>): Promise<number> {
  const unwanted = leftovers(layout, installation).filter(({ name, recorded }) => !(recorded && keep.has(name)));
  await Promise.all(unwanted.map(({ name, identity }) => stopProcess(identity, stopStepsOf(name))));
  for (const { name, identity } of unwanted) if (!isRunning(identity) && !keep.has(name)) removeRecord(layout, name);
  return unwanted.length;
}
