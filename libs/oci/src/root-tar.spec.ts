import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { type RootEntry, writeRootTar } from './root-tar.js';

const file = (path: string, text: string, mode = 0o644): RootEntry => ({
  path,
  kind: 'file',
  mode,
  size: Buffer.byteLength(text),
  open: () => Readable.from([Buffer.from(text)]),
});
const bytes = async (entries: RootEntry[]): Promise<Buffer> => Buffer.concat(await writeRootTar(entries).toArray());

async function read(archive: Buffer): Promise<object[]> {
  const reader = extract();
  reader.end(archive);
  const found: object[] = [];
  for await (const entry of reader) {
    const { name, type, mode, linkname, uid, mtime } = entry.header;
    found.push({ name, type, mode, ...(linkname ? { linkname } : {}), uid, time: mtime?.getTime() });
    entry.resume();
  }
  return found;
}

describe(writeRootTar.name, () => {
  const long = 'd'.repeat(120);
  const entries: RootEntry[] = [
    { path: 'tmp', kind: 'directory', mode: 0o1777 },
    file('bin', 'run', 0o755),
    { path: 'lib.so', kind: 'link', target: 'lib.so.1' },
    { path: 'far', kind: 'link', target: `/${long}` },
    file(long, 'long name'),
  ];

  it('should keep links, modes and long names, sorted, without owners and times', async () => {
    const common = { uid: 0, time: 0 };
    expect(await read(await bytes(entries))).toEqual([
      { name: 'bin', type: 'file', mode: 0o755, ...common },
      { name: long, type: 'file', mode: 0o644, ...common },
      { name: 'far', type: 'symlink', mode: 0o777, linkname: `/${long}`, ...common },
      { name: 'lib.so', type: 'symlink', mode: 0o777, linkname: 'lib.so.1', ...common },
      { name: 'tmp/', type: 'directory', mode: 0o1777, ...common },
    ]);
  });

  it('should give the same bytes whatever the order', async () => {
    expect(await bytes([...entries].reverse())).toEqual(await bytes(entries));
  });

  it('should refuse a file that changed meanwhile', async () => {
    await expect(bytes([{ ...file('a', 'abc'), size: 2 } as RootEntry])).rejects.toThrow('changed while it was being read');
  });
});
