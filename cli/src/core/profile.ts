import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliEnv } from '../env.js';
import { currentEnvironment } from './current-environment.js';
import { CliError } from './errors.js';

/** Where the gateway is and who asks. */
export interface Profile {
  url: string;
  token: string;
  account: string;
  /** Only services of this environment; new ones go there. */
  environment?: string | undefined;
  /** Where new services go, and where a service's name is looked for first. */
  currentEnvironment?: string | undefined;
}

/**
 * `SLIPWAY_URL` and `SLIPWAY_TOKEN`, else the installation on this machine: its port from `config.json`, its owner
 * token from `secrets/`.
 */
export function readProfile(env: CliEnv): Profile {
  return {
    url: (env.url ?? localUrl(env)).replace(/\/+$/, ''),
    token: env.token ?? localToken(env),
    account: env.account,
    environment: env.environment,
    currentEnvironment: currentEnvironment(env),
  };
}

function localUrl(env: CliEnv): string {
  const file = join(env.home, 'config.json');
  try {
    const config = JSON.parse(readFileSync(file, 'utf8')) as { ports?: { gateway?: number } };
    if (config.ports?.gateway) return `http://127.0.0.1:${config.ports.gateway}`;
  } catch {
    // Said below.
  }
  throw new CliError(
    `there is no Slipway on this machine: ${file} is missing or not readable`,
    1,
    [],
    'run `slipway up`, or set SLIPWAY_URL and SLIPWAY_TOKEN',
  );
}

function localToken(env: CliEnv): string {
  const file = join(env.home, 'secrets', 'owner-token');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new CliError(
      `no token: ${file} is missing or not readable`,
      1,
      [],
      'run `slipway up` as the user who installed it, or set SLIPWAY_TOKEN',
    );
  }
}
