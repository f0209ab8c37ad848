import { Readable } from 'node:stream';
import { compareBytes } from './entry-path.js';
import { ArchiveError, quoteName } from './errors.js';
import { blockBytes, encodeRootHeader, paddingOf } from './tar-header.js';

/** An entry of a root file system; `mode` is written as it is, sticky bit included. */
export type RootEntry =
  | { path: string; kind: 'directory'; mode: number }
  | { path: string; kind: 'file'; mode: number; size: number; open(): Readable }
  | { path: string; kind: 'link'; target: string };

/**
 * A tar of a root file system as a layer of an image: pax, sorted by the bytes of the path, times, uid and gid 0. Unlike a canonical
 * tar it holds symbolic links and modes, so that only what the builder itself laid out may be written so.
 */
export function writeRootTar(entries: readonly RootEntry[]): Readable {
  return Readable.from(bytesOf([...entries].sort((one, other) => compareBytes(one.path, other.path))), { objectMode: false });
}

async function* bytesOf(entries: readonly RootEntry[]): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    if (entry.kind === 'directory') yield encodeRootHeader({ path: entry.path, type: '5', mode: entry.mode, size: 0 });
    else if (entry.kind === 'link')
      yield encodeRootHeader({ path: entry.path, type: '2', mode: 0o777, size: 0, target: entry.target });
    else {
      yield encodeRootHeader({ path: entry.path, type: '0', mode: entry.mode, size: entry.size });
      let read = 0;
      for await (const chunk of entry.open() as AsyncIterable<Buffer>) {
        read += chunk.length;
        yield chunk;
      }
      if (read !== entry.size)
        throw new ArchiveError(
          `${quoteName(entry.path)} changed while it was being read: it is no longer ${entry.size} bytes`,
          entry.path,
        );
      yield Buffer.alloc(paddingOf(entry.size));
    }
  }
  yield Buffer.alloc(2 * blockBytes);
}
