import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CliEnv } from '../env.js';

/** Where service commands go when they do not say: the original's current environment and its mode. */
export interface Current {
  /** Set by `env set`. */
  environment?: string;
  /** `local`: the machine's own environment, whatever was set. */
  mode: 'local' | 'cluster';
}

type Profiles = Record<string, Current>;

const fileOf = (env: CliEnv): string => join(env.home, 'cli.json');
/** One for each gateway and account that this user works with. */
const keyOf = (env: CliEnv): string => `${env.url ?? 'here'} ${env.account}`;

export function readCurrent(env: CliEnv): Current {
  return readAll(env)[keyOf(env)] ?? { mode: 'local' };
}

/** Name of the current environment; undefined: the installation's default one. */
export function currentEnvironment(env: CliEnv): string | undefined {
  const { environment, mode } = readCurrent(env);
  return mode === 'cluster' ? environment : undefined;
}

export function writeCurrent(env: CliEnv, current: Current): void {
  const file = fileOf(env);
  mkdirSync(dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify({ ...readAll(env), [keyOf(env)]: current }, null, 2)}\n`, { mode: 0o600 });
  renameSync(fresh, file);
}

function readAll(env: CliEnv): Profiles {
  try {
    return JSON.parse(readFileSync(fileOf(env), 'utf8')) as Profiles;
  } catch {
    return {};
  }
}
