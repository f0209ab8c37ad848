import { isUtf8 } from 'node:buffer';
import { constants, type Stats } from 'node:fs';
import { lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import type { TarEntry } from './canonical-tar.js';
import { checkEntryPath, defaultArchiveLimits, PathLedger } from './entry-path.js';
import { ArchiveError, quoteName } from './errors.js';

const readBytes = 256 * 1024;

/**
 * The entries of a file or folder, to be kept at `target` (`app/outputs/model.pkl`). A link inside a folder is followed to a regular
 * file of that folder; any other link, a device, a pipe, a socket or a name that is not UTF-8 is an `ArchiveError` that names it.
 */
export async function collectEntries(source: string, target: string): Promise<TarEntry[]> {
  checkEntryPath(target);
  const found = await stat(source);
  if (found.isFile()) return [fileEntry(await realpath(source), target, found)];
  if (!found.isDirectory())
    throw new ArchiveError(`${quoteName(source)} is ${kindOf(found)}; give a regular file or a folder`, source);
  const entries: TarEntry[] = [];
  const ledger = new PathLedger({ canonical: false, foldCase: true });
  const root = await realpath(source);
  for await (const entry of walk(source, root, target)) {
    checkEntryPath(entry.path);
    ledger.add(entry.path, entry.kind);
    if (entries.push(entry) > defaultArchiveLimits.maxEntries) {
      throw new ArchiveError(`${quoteName(source)} has more than ${defaultArchiveLimits.maxEntries} files and folders`, source);
    }
  }
  return entries;
}

async function* walk(folder: string, root: string, target: string): AsyncGenerator<TarEntry> {
  yield { path: target, kind: 'directory' };
  for (const bytes of await readdir(folder, { encoding: 'buffer' })) {
    const name = bytes.toString();
    if (!isUtf8(bytes))
      throw new ArchiveError(
        `${quoteName(join(folder, name))} has a name that is not valid UTF-8; rename it`,
        join(folder, name),
      );
    const path = join(folder, name);
    const found = await lstat(path);
    if (found.isDirectory()) yield* walk(path, root, `${target}/${name}`);
    else if (found.isFile()) yield fileEntry(path, `${target}/${name}`, found);
    else if (found.isSymbolicLink()) yield await followLink(path, root, `${target}/${name}`);
    else throw new ArchiveError(`${quoteName(path)} is ${kindOf(found)}; only regular files and folders can be kept`, path);
  }
}

async function followLink(path: string, root: string, target: string): Promise<TarEntry> {
  const real = await realpath(path).catch(() => undefined);
  const found = real === undefined ? undefined : await lstat(real);
  if (real === undefined || !found?.isFile() || !isInside(real, root)) {
    throw new ArchiveError(
      `${quoteName(path)} is a link that does not lead to a regular file of the same folder; replace it by the file itself`,
      path,
    );
  }
  return fileEntry(real, target, found);
}

function isInside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`);
}

function fileEntry(path: string, target: string, found: Stats): TarEntry {
  return {
    path: target,
    kind: 'file',
    mode: found.mode,
    size: found.size,
    open: (start = 0) => Readable.from(unchangedContent(path, found, start), { objectMode: false }),
  };
}

async function* unchangedContent(path: string, found: Stats, start: number): AsyncGenerator<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    checkSame(await file.stat(), found, path);
    for (let at = start; at < found.size;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(readBytes, found.size - at)), { position: at });
      if (bytesRead === 0) break;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    checkSame(await file.stat(), found, path);
  } finally {
    await file.close();
  }
}

function checkSame(now: Stats, before: Stats, path: string): void {
  if (now.isFile() && now.size === before.size && now.mtimeMs === before.mtimeMs && now.ino === before.ino) return;
  throw new ArchiveError(`${quoteName(path)} changed while it was being read; run the command again when it is at rest`, path);
}

function kindOf(found: Stats): string {
  if (found.isFIFO()) return 'a pipe';
  if (found.isSocket()) return 'a socket';
  if (found.isBlockDevice() || found.isCharacterDevice()) return 'a device';
  return 'not a regular file';
}
