import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { withLock } from '../bootstrap/lock.mjs';
import { inRoot, readText, sha256, writeAtomically } from '../bootstrap/paths.mjs';
import { BootstrapError, say } from '../bootstrap/say.mjs';

const folder = inRoot('.cache/venvs/tests');
const stampFile = path.join(folder, '.stamp');
const listFile = inRoot('scripts/tools/python-tests.txt');

/** A program of the virtual environment that checks and tests of Python use. */
export const pythonTool = (name) => path.join(folder, 'bin', name);

/** Makes the virtual environment from its hash-locked list unless it is there. */
export async function ensurePythonTools(env = process.env) {
  const stamp = sha256(readText(listFile) ?? '', env.SLIPWAY_PYTHON ?? '');
  const fresh = () => readText(stampFile) === stamp && existsSync(pythonTool('python'));
  if (fresh()) return;
  await withLock(async () => {
    if (fresh()) return;
    say('making the Python environment of the tests (about 110 MB, once)');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(path.dirname(folder), { recursive: true });
    uv(env, ['venv', '--quiet', '--python', env.SLIPWAY_PYTHON, folder]);
    uv(env, [
      'pip',
      'install',
      '--quiet',
      '--python',
      pythonTool('python'),
      '--require-hashes',
      '--only-binary',
      ':all:',
      '-r',
      listFile,
    ]);
    writeAtomically(stampFile, stamp);
  });
}

function uv(env, args) {
  const result = spawnSync(env.SLIPWAY_UV, args, { stdio: ['ignore', 2, 2], env });
  if (result.status !== 0)
    throw new BootstrapError(`uv ${args.slice(0, 2).join(' ')} failed (status ${result.status}); its own words are above`);
}
