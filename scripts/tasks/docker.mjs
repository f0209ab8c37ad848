import { existsSync } from 'node:fs';
import { say } from '../bootstrap/say.mjs';
import { execute } from './run.mjs';

const program = '/usr/sbin/dockerd';

/** Installs Debian's Docker Engine for the tests where it is missing. @returns why there is none, or undefined. */
export async function dockerEngine() {
  if (process.getuid?.() !== 0) return 'an engine of its own needs root';
  if (existsSync(program)) return undefined;
  if (!existsSync('/usr/bin/apt-get')) return 'there is no dockerd, and no apt-get to install docker.io with';
  say('installing docker.io and iptables by apt-get, for the tests');
  const packages = ['docker.io', 'iptables'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const command = ['apt-get', 'install', '-y', '--no-install-recommends', ...packages];
  const { output } = await execute({ command, cwd: '/', env }, 'later');
  return existsSync(program) ? undefined : `apt-get could not install docker.io: ${output.trim().split('\n').at(-1)}`;
}
