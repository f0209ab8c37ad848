import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isUuid, uuidv7 } from '#slipway/platform';

/** Injection token of the id of this machine's deployer, the same after each start. */
export const NODE_ID = Symbol('node id');

/** Reads `run/deployer/node-id`, or makes it; of two that make it at once both get the same. */
export async function readNodeId(home: string): Promise<string> {
  const folder = join(home, 'run', 'deployer');
  const file = join(folder, 'node-id');
  await mkdir(join(home, 'run'), { recursive: true, mode: 0o711 });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const known = await readFile(file, 'utf8').catch(() => '');
  if (isUuid(known.trim())) return known.trim();
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, `${uuidv7()}\n`, { mode: 0o600 });
  try {
    await link(fresh, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(fresh, { force: true });
  }
  return (await readFile(file, 'utf8')).trim();
}
