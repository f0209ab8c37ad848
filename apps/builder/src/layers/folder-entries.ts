import { createReadStream, readFileSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { TarEntry } from '#slipway/oci';

/** Ten thousand small files are read three times as fast without a stream of their own each. */
const smallFileBytes = 256 * 1024;

/**
 * The entries of a folder that the builder itself filled, kept under `target`. Unlike a user's folder it may hold names that
 * differ only in case; anything but files and folders is left out.
 */
export async function folderEntries(folder: string, target: string): Promise<TarEntry[]> {
  const entries: TarEntry[] = [{ path: target, kind: 'directory' }];
  for (const found of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, found.name);
    if (found.isDirectory()) entries.push(...(await folderEntries(path, `${target}/${found.name}`)));
    if (!found.isFile()) continue;
    const { size, mode } = await lstat(path);
    const open = (start = 0): Readable =>
      size <= smallFileBytes ? Readable.from([readFileSync(path).subarray(start)]) : createReadStream(path, { start });
    entries.push({ path: `${target}/${found.name}`, kind: 'file', mode, size, open });
  }
  return entries;
}

/** Top-level names that Python can import from a folder of installed packages. */
export async function importableNames(folder: string): Promise<string[]> {
  const names = new Set<string>();
  for (const found of await readdir(folder, { withFileTypes: true })) {
    const name = found.isDirectory() ? found.name : (/^([^.]+)(?:\.[A-Za-z0-9_-]+)*\.(?:py|so)$/.exec(found.name)?.[1] ?? '');
    if (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) && name !== '__pycache__') names.add(name);
  }
  return [...names].sort();
}
