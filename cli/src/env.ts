import { homedir } from 'node:os';
import { join } from 'node:path';

/** The only reader of the environment. */
export interface CliEnv {
  /** Address of the gateway; without it the installation on this machine is used. */
  url: string | undefined;
  token: string | undefined;
  account: string;
  home: string;
  /** `--environment` of a command: only this one. */
  environment?: string;
  /** Progress moves on a terminal and is plain lines elsewhere. */
  stderrIsTerminal: boolean;
  stdoutIsTerminal: boolean;
}

export function readCliEnv(source: NodeJS.ProcessEnv = process.env): CliEnv {
  const root = process.getuid?.() === 0;
  return {
    url: source.SLIPWAY_URL || undefined,
    token: source.SLIPWAY_TOKEN || undefined,
    account: source.SLIPWAY_ACCOUNT || 'default',
    home: source.SLIPWAY_HOME || (root ? '/var/lib/slipway' : join(homedir(), '.slipway')),
    stderrIsTerminal: process.stderr.isTTY === true,
    stdoutIsTerminal: process.stdout.isTTY === true,
  };
}
