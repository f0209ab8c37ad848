import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SetupError } from '../errors.js';
import { readText, writeAtomically } from '../files.js';
import type { Layout } from './layout.js';

/** `routerInternal`: the router's health and metrics; `router` is where applications score. */
export const portNames = [
  'gateway',
  'router',
  'routerInternal',
  'registry',
  'builder',
  'deployer',
  'telemetry',
  'postgres',
  'nats',
] as const;
export type PortName = (typeof portNames)[number];

/** What an installation keeps about itself; `config.json`, readable by its owner. */
export interface Config {
  format: 1;
  /** Tells this installation's processes from another's on the same machine. */
  installation: string;
  /** Chosen at the first start, then kept. */
  ports: Partial<Record<PortName, number>>;
  /** User that PostgreSQL runs as under root. */
  postgresUid?: number;
  /** Services whose sealing key was made: a missing one is a loss, not a first start. */
  sealed: string[];
  /** What the database was last migrated to. */
  migrated?: string;
}

export function readConfig(layout: Layout): Config {
  const text = readText(layout.configFile);
  if (text === undefined) return { format: 1, installation: randomBytes(8).toString('hex'), ports: {}, sealed: [] };
  let config: Partial<Config>;
  try {
    config = JSON.parse(text) as Partial<Config>;
  } catch (cause) {
    throw new SetupError('home_unusable', `${layout.configFile} is not JSON; correct it or restore it from a backup`, { cause });
  }
  if (config.format !== 1 || typeof config.installation !== 'string') {
    throw new SetupError(
      'home_unusable',
      `${layout.configFile} has a format that this Slipway does not know; start a newer Slipway`,
    );
  }
  return { ...config, format: 1, installation: config.installation, ports: config.ports ?? {}, sealed: config.sealed ?? [] };
}

export function writeConfig(layout: Layout, config: Config): void {
  writeAtomically(layout.configFile, `${JSON.stringify(config, null, 2)}\n`);
}

const firstPrivateUid = 49_900;
const lastPrivateUid = 49_999;

/** A user id for PostgreSQL under root that no account of the machine has. */
export function choosePostgresUid(): number {
  const taken = new Set(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => Number(line.split(':')[2])),
  );
  for (let uid = firstPrivateUid; uid <= lastPrivateUid; uid += 1) if (!taken.has(uid)) return uid;
  throw new SetupError('unsupported_user', `no user id between ${firstPrivateUid} and ${lastPrivateUid} is free for PostgreSQL`);
}
