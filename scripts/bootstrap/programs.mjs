import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { BootstrapError } from './say.mjs';

export function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

export function onPath(name, env = process.env) {
  return (env.PATH ?? '')
    .split(path.delimiter)
    .filter(Boolean)
    .map((folder) => path.join(folder, name))
    .filter(isProgram);
}

/** `major.minor` of what `<file> --version` prints, or undefined. */
export function versionOf(file) {
  const result = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  const match = /(\d+)\.(\d+)/.exec(result.status === 0 ? `${result.stdout}${result.stderr}` : '');
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

export const atLeast = (version, [major, minor]) =>
  version !== undefined && (version[0] > major || (version[0] === major && version[1] >= minor));

const oldestPython = [3, 10];
const pythonNames = ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
const advice = 'on Debian or Ubuntu: `apt-get install python3 python3-pip`; or name one in SLIPWAY_PYTHON';

/** Prints version, whether pip is there, and the interpreter's own path (a version manager's `python3` is only a script). */
const question = `
import importlib.util, sys
print(sys.version_info[0], sys.version_info[1], int(importlib.util.find_spec("pip") is not None), sys.executable)`;

function ask(file) {
  const result = spawnSync(file, ['-I', '-c', question], { encoding: 'utf8', timeout: 20_000 });
  const match = result.status === 0 && /^(\d+) (\d+) ([01]) (.+)$/.exec(result.stdout.trim());
  return match ? { version: [Number(match[1]), Number(match[2])], pip: match[3] === '1', file: match[4] } : undefined;
}

/**
 * A Python that is new enough and has pip: the one that SLIPWAY_PYTHON names, or the first on PATH or in /usr/bin.
 * @returns path of the interpreter itself.
 */
export function findPython(env = process.env) {
  if (env.SLIPWAY_PYTHON) return judge(env.SLIPWAY_PYTHON, ask(env.SLIPWAY_PYTHON));
  const candidates = [...new Set([...pythonNames.flatMap((name) => onPath(name, env)), '/usr/bin/python3'])];
  let withoutPip;
  for (const candidate of candidates) {
    const found = ask(candidate);
    if (!found || !atLeast(found.version, oldestPython)) continue;
    if (found.pip) return found.file;
    withoutPip ??= found;
  }
  if (withoutPip) throw new BootstrapError(`Python ${withoutPip.file} has no pip: install it (${advice})`);
  throw new BootstrapError(`no Python ${oldestPython.join('.')} or newer was found: install it with pip (${advice})`);
}

function judge(name, found) {
  if (!found) throw new BootstrapError(`SLIPWAY_PYTHON names ${name}, which does not run as Python: correct or unset it`);
  if (!atLeast(found.version, oldestPython)) {
    throw new BootstrapError(
      `SLIPWAY_PYTHON names Python ${found.version.join('.')}; Slipway needs ${oldestPython.join('.')} or newer (${advice})`,
    );
  }
  if (!found.pip) throw new BootstrapError(`SLIPWAY_PYTHON names ${name}, which has no pip: install it (${advice})`);
  return found.file;
}
