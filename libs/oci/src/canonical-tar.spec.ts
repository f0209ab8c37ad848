import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, inChunks } from '../test/raw-tar.js';
import { layOutCanonicalTar, writeCanonicalTar, type TarEntry, type TarFile } from './canonical-tar.js';
import { checkCanonicalTar } from './checking-reader.js';
import { digestOf } from './digest.js';
import { encodeEntryHeader, maxOctalSize } from './tar-header.js';

function file(path: string, content: Buffer | string = '', mode = 0o644): TarFile {
  const bytes = Buffer.from(content);
  return { path, kind: 'file', mode, size: bytes.length, open: (start = 0) => inChunks(bytes.subarray(start), [7, 700]) };
}
const folder = (path: string): TarEntry => ({ path, kind: 'directory' });
const pack = (entries: TarEntry[]): Promise<Buffer> => bytesOf(writeCanonicalTar(entries));

interface Seen {
  path: string;
  kind: string;
  mode: number;
  size: number;
}
async function check(bytes: Buffer, chunks?: number[]): Promise<{ seen: Seen[]; contentDigest: string | undefined }> {
  const seen: Seen[] = [];
  const checker = checkCanonicalTar({ onEntry: (entry) => seen.push({ ...entry }) });
  const passed: Buffer[] = [];
  await pipeline(inChunks(bytes, chunks), checker, async (stream: AsyncIterable<Buffer>) => {
    for await (const chunk of stream) passed.push(chunk);
  });
  expect(Buffer.concat(passed).equals(bytes)).toBe(true);
  return { seen, contentDigest: checker.summary.contentDigest };
}

const segment = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter(
    (name) =>
      name.isWellFormed() && !/\p{Cc}|[/\\]/u.test(name) && name !== '.' && name !== '..' && Buffer.byteLength(name) <= 100,
  );
const fileName = fc.array(segment, { minLength: 1, maxLength: 6 }).map((parts) => `app/${parts.join('/')}`);
const fold = (path: string): string => path.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
/** Files none of which is another one's folder, and no two of whose folders or names fold together. */
const files = fc
  .uniqueArray(fc.record({ path: fileName, content: fc.uint8Array({ maxLength: 1500 }), executable: fc.boolean() }), {
    selector: ({ path }) => path,
    maxLength: 12,
  })
  .filter((all) => {
    const names = new Set(all.flatMap(({ path }) => path.split('/').map((_, at, parts) => parts.slice(0, at + 1).join('/'))));
    const parents = new Set(
      all.flatMap(({ path }) =>
        path
          .split('/')
          .slice(0, -1)
          .map((_, at, parts) => parts.slice(0, at + 1).join('/')),
      ),
    );
    return new Set([...names].map(fold)).size === names.size && all.every(({ path }) => !parents.has(path));
  });
const toEntry = ({ path, content, executable }: { path: string; content: Uint8Array; executable: boolean }): TarFile =>
  file(path, Buffer.from(content), executable ? 0o777 : 0o600);

describe(writeCanonicalTar.name, () => {
  it('should give the same bytes whatever the order, and an archive that the reader takes in any cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        files,
        fc.infiniteStream(fc.nat()),
        fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 5 }),
        async (all, keys, cuts) => {
          const bytes = await pack(all.map(toEntry));
          const shuffled = all
            .map((one) => ({ one, key: keys.next().value as number }))
            .sort((left, right) => left.key - right.key)
            .map(({ one }) => toEntry(one));
          expect((await pack(shuffled)).equals(bytes)).toBe(true);
          const { seen, contentDigest } = await check(bytes, cuts);
          const expected = all.map(({ path, content, executable }) => ({
            path,
            kind: 'file',
            mode: executable ? 0o755 : 0o644,
            size: content.length,
          }));
          expect(seen.filter(({ kind }) => kind === 'file').sort((left, right) => (left.path < right.path ? -1 : 1))).toEqual(
            expected.sort((left, right) => (left.path < right.path ? -1 : 1)),
          );
          expect(contentDigest).toBe(all.length === 1 ? digestOf(all[0]!.content) : undefined);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('should start again at any offset', async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.double({ min: 0, max: 1, noNaN: true }), async (all, where) => {
        const tar = await layOutCanonicalTar(all.map(toEntry));
        const whole = await bytesOf(tar.open());
        expect(tar.size).toBe(whole.length);
        const offset = Math.floor(where * whole.length);
        expect((await bytesOf(tar.open(offset))).equals(whole.subarray(offset))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('should add missing folders and sort by bytes, not by locale or UTF-16', async () => {
    const { seen } = await check(
      await pack([file('app/\u{10000}'), file('app/\uffee'), file('app/b/c'), file('app/b.txt'), file('app/a'), file('app/B2')]),
    );
    expect(seen.map(({ path }) => path)).toEqual([
      'app',
      'app/B2',
      'app/a',
      'app/b',
      'app/b.txt',
      'app/b/c',
      'app/\uffee',
      'app/\u{10000}',
    ]);
  });

  it('should have a digest that does not change between releases', async () => {
    const entries = [
      file('app/score.py', 'def run(x):\n    return x\n'),
      file('app/bin/tool', '#!/bin/sh\n', 0o755),
      file(`app/${'n'.repeat(120)}/模型.bin`, 'x'),
    ];
    expect(digestOf(await pack(entries))).toMatchInlineSnapshot(
      `"sha256:045a062c88a73c09ee9c36720b982b07e2b425f744c40c0a6c8535566ff7d197"`,
    );
  });

  it('should write a size above eight gibibytes as a pax record', () => {
    const header = encodeEntryHeader({ path: 'app/big', kind: 'file', mode: 0o644, size: maxOctalSize + 1 });
    expect(header.length).toBe(3 * 512);
    expect(header.toString('latin1', 512, 531)).toBe('19 size=8589934592\n');
    expect(encodeEntryHeader({ path: 'app/big', kind: 'file', mode: 0o644, size: maxOctalSize }).length).toBe(512);
  });

  it.each([
    ['a file twice', [file('app/a'), file('app/a')], /"app\/a" appears twice/],
    ['a file that is a folder too', [file('app/a'), file('app/a/b')], /"app\/a" appears twice/],
    ['..', [file('app/../x')], /has a \.\. segment/],
    ['half a surrogate pair', [file('app/\ud800')], /not valid Unicode/],
    ['content shorter than its size', [{ ...file('app/a', 'abc'), size: 4 }], /"app\/a" changed while it was being read/],
    ['content longer than its size', [{ ...file('app/a', 'abc'), size: 2 }], /"app\/a" changed while it was being read/],
    ['content where there should be none', [{ ...file('app/a', 'abc'), size: 0 }], /"app\/a" changed while it was being read/],
  ])('should refuse %s', async (_what, entries, message) => {
    await expect(pack(entries)).rejects.toThrow(message);
  });

  it('should keep memory bounded', async () => {
    const size = 300 * 2 ** 20;
    const chunk = Buffer.alloc(2 ** 20);
    const big: TarFile = {
      path: 'app/big',
      kind: 'file',
      size,
      open: () =>
        Readable.from(
          Array.from({ length: 300 }, () => chunk),
          { objectMode: false },
        ),
    };
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    let total = 0;
    await pipeline(writeCanonicalTar([big]), checkCanonicalTar(), async (stream: AsyncIterable<Buffer>) => {
      for await (const part of stream) {
        total += part.length;
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }
    });
    expect(total).toBe(size + 4 * 512);
    expect(most).toBeLessThan(150 * 2 ** 20);
  });
});

describe('the archive, read by others', () => {
  let home: string;
  const long = `app/${'d'.repeat(90)}/${'e'.repeat(200)}/file.txt`;
  const contents: Record<string, string> = {
    'app/a.txt': 'alpha\n',
    [long]: 'long\n',
    'app/é 模型.bin': 'unicode\n',
    'app/run.sh': 'echo\n',
    'app/empty': '',
  };
  const entries = (): TarEntry[] => [
    ...Object.entries(contents).map(([path, text]) => file(path, text, path.endsWith('.sh') ? 0o755 : 0o644)),
    folder('app/hollow'),
  ];

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'oci-tar-'));
    await writeFile(join(home, 'a.tar'), await pack(entries()));
  });
  afterAll(() => rm(home, { recursive: true }));

  it('should be listed and extracted by GNU tar', async () => {
    const listed = execFileSync(
      'tar',
      ['--numeric-owner', '--full-time', '--utc', '--quoting-style=literal', '-tvf', join(home, 'a.tar')],
      { encoding: 'utf8' },
    );
    expect(listed).toContain('drwxr-xr-x 0/0               0 1970-01-01 00:00:00 app/hollow/\n');
    expect(listed).toContain('-rwxr-xr-x 0/0               5 1970-01-01 00:00:00 app/run.sh\n');
    execFileSync('tar', ['-xf', join(home, 'a.tar'), '-C', home]);
    for (const [path, text] of Object.entries(contents)) expect(await readFile(join(home, path), 'utf8')).toBe(text);
  });

  it('should be read by tar-stream', async () => {
    const seen: Record<string, string> = {};
    const reader = extract();
    reader.on('entry', (header, stream, next) => {
      void bytesOf(stream as unknown as Readable).then((bytes) => {
        if (header.type === 'file') seen[header.name] = bytes.toString();
        next();
      });
    });
    await pipeline(writeCanonicalTar(entries()), reader as unknown as NodeJS.WritableStream);
    expect(seen).toEqual(contents);
  });
});
