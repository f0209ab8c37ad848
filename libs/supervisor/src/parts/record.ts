import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readJson, writeAtomically } from '../files.js';
import type { Layout } from '../home/layout.js';
import { isRunning, type ProcessIdentity } from '../processes/identity.js';
import { findByEnvironment, type FoundProcess } from '../processes/scan.js';

/** A running part as `run/<name>.json` keeps it, so that it is found again without the supervisor that started it. */
export interface PartRecord extends ProcessIdentity {
  name: string;
  port: number;
  /** Hash of program, arguments, environment and build: another one means that the process is not what would be started now. */
  fingerprint: string;
  restarts: number;
}

const fileOf = (layout: Layout, name: string): string => path.join(layout.run, `${name}.json`);

export function writeRecord(layout: Layout, record: PartRecord): void {
  writeAtomically(fileOf(layout, record.name), `${JSON.stringify(record)}\n`);
}

export const removeRecord = (layout: Layout, name: string): void => rmSync(fileOf(layout, name), { force: true });

/** The record of a part whose process still runs. */
export function readRecord(layout: Layout, name: string): PartRecord | undefined {
  const record = readJson<PartRecord>(fileOf(layout, name));
  return record && isRunning(record) ? record : undefined;
}

/** Marks each process of an installation, so that one whose record was never written is found too. */
export const partVariable = 'SLIPWAY_PART';
export const partMark = (installation: string, name: string): string => `${name}@${installation}`;

/** Every process of this installation that the machine runs, with the part's name. */
export const findParts = (installation: string): FoundProcess<string>[] =>
  findByEnvironment((entries) => {
    const mark = entries.find((entry) => entry.startsWith(`${partVariable}=`) && entry.endsWith(`@${installation}`));
    return mark?.slice(partVariable.length + 1, -installation.length - 1);
  });

/** The supervisor itself, in `run/supervisor.json`. */
export interface SupervisorRecord extends ProcessIdentity {
  state: 'starting' | 'ready' | 'stopping';
  url: string;
  routerUrl: string;
}

const supervisorFile = (layout: Layout): string => path.join(layout.run, 'supervisor.json');

export function writeSupervisorRecord(layout: Layout, record: SupervisorRecord): void {
  mkdirSync(layout.run, { recursive: true, mode: 0o711 });
  writeAtomically(supervisorFile(layout), `${JSON.stringify(record)}\n`);
}

export function readSupervisorRecord(layout: Layout): SupervisorRecord | undefined {
  const record = readJson<SupervisorRecord>(supervisorFile(layout));
  return record && isRunning(record) ? record : undefined;
}

export const removeSupervisorRecord = (layout: Layout): void => rmSync(supervisorFile(layout), { force: true });
