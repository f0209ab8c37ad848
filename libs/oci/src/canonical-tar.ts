import { Readable } from 'node:stream';
import { checkEntryPath, defaultArchiveLimits, PathLedger } from './entry-path.js';
import { ArchiveError, quoteName } from './errors.js';
import { blockBytes, encodeEntryHeader, paddingOf } from './tar-header.js';

/** `mode` matters only for its owner-execute bit: 0755 with it, 0644 without. `open(start)` may be called again for another pass. */
export interface TarFile {
  path: string;
  kind: 'file';
  mode?: number;
  size: number;
  open(start?: number): Readable;
}
export interface TarDirectory {
  path: string;
  kind: 'directory';
}
export type TarEntry = TarFile | TarDirectory;

/** An archive whose layout is known before a byte is read, so that an upload can go on from any offset. */
export interface CanonicalTar {
  size: number;
  /** With the folders that were added. */
  entries: number;
  open(offset?: number): Readable;
}

/**
 * Lays the entries out as a canonical tar: pax, sorted by the bytes of the path, every folder present (missing ones are added),
 * mtime 0, uid and gid 0, no owner names, mode 0644 or 0755, two zero blocks at the end. The same entries give the same bytes.
 */
export async function layOutCanonicalTar(entries: AsyncIterable<TarEntry> | Iterable<TarEntry>): Promise<CanonicalTar> {
  const sorted = await sortEntries(entries);
  let size = 2 * blockBytes;
  for (const entry of sorted) size += headerOf(entry).length + contentSize(entry) + paddingOf(contentSize(entry));
  return {
    size,
    entries: sorted.length,
    open: (offset = 0) => Readable.from(archiveBytes(sorted, offset), { objectMode: false }),
  };
}

/** `layOutCanonicalTar(entries).open()` in one step. */
export function writeCanonicalTar(entries: AsyncIterable<TarEntry> | Iterable<TarEntry>): Readable {
  async function* bytes() {
    yield* archiveBytes(await sortEntries(entries), 0);
  }
  return Readable.from(bytes(), { objectMode: false });
}

async function sortEntries(entries: AsyncIterable<TarEntry> | Iterable<TarEntry>): Promise<TarEntry[]> {
  const given: TarEntry[] = [];
  const folders = new Map<string, TarDirectory>();
  for await (const entry of entries) {
    checkEntryPath(entry.path);
    if (entry.kind === 'file') given.push(entry);
    else folders.set(entry.path, entry);
    for (const path of parentsOf(entry.path)) if (!folders.has(path)) folders.set(path, { path, kind: 'directory' });
    if (given.length + folders.size > defaultArchiveLimits.maxEntries) {
      throw new ArchiveError(
        `the archive has more than ${defaultArchiveLimits.maxEntries} entries, at ${quoteName(entry.path)}`,
        entry.path,
      );
    }
  }
  const keyed = [...given, ...folders.values()].map((entry) => ({ entry, key: Buffer.from(entry.path) }));
  keyed.sort((one, other) => Buffer.compare(one.key, other.key));
  const sorted = keyed.map(({ entry }) => entry);
  const ledger = new PathLedger({ canonical: true, foldCase: false });
  for (const entry of sorted) ledger.add(entry.path, entry.kind);
  return sorted;
}

function* parentsOf(path: string): Generator<string> {
  for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) yield path.slice(0, slash);
}

function contentSize(entry: TarEntry): number {
  return entry.kind === 'file' ? entry.size : 0;
}

function headerOf(entry: TarEntry): Buffer {
  const mode = entry.kind === 'directory' || ((entry.mode ?? 0) & 0o100) !== 0 ? 0o755 : 0o644;
  return encodeEntryHeader({ path: entry.path, kind: entry.kind, mode, size: contentSize(entry) });
}

async function* archiveBytes(sorted: TarEntry[], offset: number): AsyncGenerator<Buffer> {
  let skip = offset;
  const cut = (bytes: Buffer): Buffer => {
    const dropped = Math.min(skip, bytes.length);
    skip -= dropped;
    return bytes.subarray(dropped);
  };
  // Headers and padding wait for the content after them, so that a folder of small files is not a stream of tiny chunks.
  let held: Buffer[] = [];
  let heldBytes = 0;
  const hold = (bytes: Buffer): void => {
    if (bytes.length === 0) return;
    held.push(bytes);
    heldBytes += bytes.length;
  };
  const release = (): Buffer => {
    const bytes = held.length === 1 ? held[0]! : Buffer.concat(held);
    held = [];
    heldBytes = 0;
    return bytes;
  };
  for (const entry of sorted) {
    const size = contentSize(entry);
    hold(cut(headerOf(entry)));
    if (skip > 0 && skip >= size) skip -= size;
    else if (entry.kind === 'file') {
      const start = skip;
      skip = 0;
      for await (const chunk of exactContent(entry, start)) {
        hold(chunk);
        if (heldBytes >= 64 * 1024) yield release();
      }
    }
    hold(cut(Buffer.alloc(paddingOf(size))));
  }
  hold(cut(Buffer.alloc(2 * blockBytes)));
  if (heldBytes > 0) yield release();
}

async function* exactContent(file: TarFile, start: number): AsyncGenerator<Buffer> {
  let read = start;
  for await (const chunk of file.open(start) as AsyncIterable<Buffer>) {
    read += chunk.length;
    if (read > file.size) break;
    yield chunk;
  }
  if (read !== file.size) {
    throw new ArchiveError(
      `${quoteName(file.path)} changed while it was being read: it is no longer ${file.size} bytes; run the command again`,
      file.path,
    );
  }
}
