import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { InterpreterReport } from './interpreters.js';

/**
 * A virtual environment without packages around an interpreter, so that replicas see their image's packages and the
 * standard library, and nothing that this machine has installed besides. Returns its program.
 */
export async function sealedPython(root: string, { version, executable }: InterpreterReport): Promise<string> {
  const name = `python-${version}-${createHash('sha256').update(executable).digest('hex').slice(0, 12)}`;
  const folder = join(root, name);
  const program = join(folder, 'bin', 'python');
  if (await isThere(program)) return program;
  await mkdir(root, { recursive: true, mode: 0o711 });
  const staging = await mkdtemp(join(root, `.${name}.`));
  try {
    await mkdir(join(staging, 'bin'));
    await symlink(executable, join(staging, 'bin', 'python'));
    const settings = `home = ${dirname(executable)}\ninclude-system-site-packages = false\nversion = ${version}\n`;
    await writeFile(join(staging, 'pyvenv.cfg'), settings, { mode: 0o444 });
    for (const path of ['bin', '']) await chmod(join(staging, path), 0o755);
    await rename(staging, folder);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    // Another process may have been the first.
    if (!(await isThere(program))) throw error;
  }
  return program;
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
