import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archive, bytesOf, end, inChunks, padded, rawEntry, rawFolder, rawHeader, rawPax, record } from '../test/raw-tar.js';
import { writeCanonicalTar } from './canonical-tar.js';
import { checkCanonicalTar, type CheckOptions } from './checking-reader.js';
import { ArchiveError } from './errors.js';

async function refusal(bytes: Buffer, options?: CheckOptions): Promise<ArchiveError> {
  const error: unknown = await pipeline(
    inChunks(bytes, [1000, 24, 3]),
    checkCanonicalTar(options),
    async (stream: AsyncIterable<Buffer>) => {
      for await (const _ of stream);
    },
  ).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ArchiveError);
  return error as ArchiveError;
}

const app = rawFolder('app');
const one = rawEntry({ name: 'app/a' }, 'alpha');
const longName = `app/${'x'.repeat(120)}`;
const incompressible = Buffer.concat(Array.from({ length: 100 }, (_, at) => createHash('sha256').update(String(at)).digest()));
const only = (...parts: Buffer[]): Buffer => archive(app, ...parts);
const named = (name: string | Buffer): Buffer => only(rawEntry({ name }, 'x'));

describe(checkCanonicalTar.name, () => {
  it('should take the plain archive of which the hostile ones are made', async () => {
    const checker = checkCanonicalTar();
    await bytesOf(inChunks(only(one)).pipe(checker));
    expect(checker.summary).toMatchObject({ files: 1, directories: 1, totalBytes: 5 });
  });

  const hostile: [what: string, bytes: Buffer, why: RegExp, entry?: string][] = [
    [
      'a symbolic link',
      only(rawEntry({ name: 'app/l', type: '2', link: '/etc/passwd' })),
      /"app\/l" is a symbolic link/,
      'app/l',
    ],
    ['a hard link', only(rawEntry({ name: 'app/l', type: '1', link: 'app/a' })), /"app\/l" is a hard link/, 'app/l'],
    ['a character device', only(rawEntry({ name: 'app/d', type: '3' })), /is a character device/],
    ['a block device', only(rawEntry({ name: 'app/d', type: '4' })), /is a block device/],
    ['a fifo', only(rawEntry({ name: 'app/d', type: '6' })), /is a fifo/],
    ['a contiguous file', only(rawEntry({ name: 'app/d', type: '7' })), /is a contiguous file/],
    ['a GNU sparse file', only(rawEntry({ name: 'app/d', type: 'S' })), /is a sparse file/],
    ['a pax sparse giant', only(rawPax(record('GNU.sparse.realsize', '99999999999')), one), /is a sparse file/, 'app/a'],
    ['a GNU long name', only(rawEntry({ name: '././@LongLink', type: 'L' }, 'app/a\0'), one), /is a GNU long name/],
    ['a GNU long link name', only(rawEntry({ name: '././@LongLink', type: 'K' }, '/etc\0'), one), /is a GNU long link name/],
    ['a global pax header', only(rawEntry({ name: 'g', type: 'g' }, record('path', '../x')), one), /is a global pax header/],
    ['an unknown type', only(rawEntry({ name: 'app/a', type: 'Z' })), /has the unknown type "Z"/],
    ['the old type of a file', only(rawEntry({ name: 'app/a', type: '\0' })), /has the unknown type/],
    ['.. first', named('../etc/passwd'), /has a \.\. segment/, '../etc/passwd'],
    ['.. inside', named('app/../../x'), /has a \.\. segment/],
    ['.. last', named('app/..'), /has a \.\. segment/],
    ['an absolute path', named('/app/x'), /is an absolute path/],
    ['a drive letter', named('C:/app/x'), /starts with a drive letter/],
    ['a backslash', named('app\\..\\x'), /has a backslash/],
    ['a NUL in a name', named(Buffer.from('app/a\0b')), /has a NUL in its name/],
    ['a NUL in a pax name', only(rawPax(record('path', `${longName}\0`)), rawEntry({ name: 'PaxHeader' })), /has a NUL/],
    ['a newline in a name', named('app/a\nb'), /has a control character/, 'app/a\nb'],
    ['a name that is not UTF-8', named(Buffer.from('app/\xff', 'latin1')), /is not valid UTF-8/],
    ['a pax header that is not UTF-8', only(rawPax(Buffer.from('12 path=\xff\xfe\n', 'latin1')), one), /not valid UTF-8/],
    ['an empty name', named(''), /has an empty name/],
    ['an empty segment', named('app//x'), /empty or \. segment/],
    ['a . segment', named('app/./x'), /empty or \. segment/],
    ['a file with a trailing slash', named('app/x/'), /empty or \. segment/],
    [
      'a name of 256 bytes',
      only(rawPax(record('path', `app/${'y'.repeat(256)}`)), rawEntry({ name: 'PaxHeader' })),
      /more than 255 bytes/,
    ],
    ['a path outside the prefix', archive(rawFolder('opt')), /"opt" is outside app\//, 'opt'],
    ['a name that begins like the prefix', archive(rawFolder('apple')), /is outside app\//],
    ['setuid', only(rawEntry({ name: 'app/a', mode: '0004755' })), /setuid/, 'app/a'],
    ['setgid', only(rawEntry({ name: 'app/a', mode: '0002755' })), /setgid/],
    ['sticky', archive(rawFolder('app', { mode: '0001755' })), /sticky/],
    ['another mode', only(rawEntry({ name: 'app/a', mode: '0000600' })), /has the mode 0600; it should be 0644 or 0755/],
    ['another mode of a folder', archive(rawFolder('app', { mode: '0000777' })), /has the mode 0777; it should be 0755/],
    ['an owner', only(rawEntry({ name: 'app/a', uid: '0001750' })), /not canonical/, 'app/a'],
    ['a group', only(rawEntry({ name: 'app/a', gid: '0001750' })), /not canonical/],
    ['an owner name', only(rawEntry({ name: 'app/a', owner: 'root' })), /not canonical/],
    ['a time', only(rawEntry({ name: 'app/a', mtime: '14717530000' })), /not canonical/],
    ['a link name at a file', only(rawEntry({ name: 'app/a', link: '/etc' })), /not canonical/],
    ['a prefix field', only(rawEntry({ name: 'a', prefix: 'app' })), /not canonical/, 'app/a'],
    ['spaces instead of zeros', only(rawEntry({ name: 'app/a', mode: '   644 ' })), /not canonical/],
    ['a pax path that is not needed', only(rawPax(record('path', 'app/b')), one), /not canonical/, 'app/b'],
    [
      'a pax path that overrides a name',
      only(rawPax(record('path', longName)), rawEntry({ name: 'app/innocent' })),
      /not canonical/,
    ],
    ['a pax path to the outside', only(rawPax(record('path', '../../etc/cron.d/x')), one), /\.\. segment/],
    ['an empty pax path', only(rawPax(record('path', '')), one), /has an empty name/],
    ['two pax paths', only(rawPax(record('path', longName) + record('path', '../x')), one), /gives "path" twice/],
    ['two pax headers', only(rawPax(record('path', longName)), rawPax(record('path', '../x')), one), /second pax header/],
    ['a pax header without an entry', only(rawPax(record('path', longName))), /without its entry/],
    ['a pax link path', only(rawPax(record('linkpath', '/etc')), one), /pax record "linkpath"/],
    ['a pax time', only(rawPax(record('mtime', '1')), one), /pax record "mtime"/],
    ['a pax extended attribute', only(rawPax(record('SCHILY.xattr.security.capability', 'x')), one), /is not allowed/],
    ['a pax size that is not needed', only(rawPax(record('size', '5')), one), /not canonical/],
    ['a pax size that is no number', only(rawPax(record('size', '5e3')), one), /pax size/],
    ['a pax record with a wrong length', only(rawPax('99 path=app/x\n'), one), /malformed record/],
    ['a pax record of length zero', only(rawPax('0 path=app/x\n'), one), /malformed record/],
    ['a pax record without =', only(rawPax('7 path\n'), one), /malformed record/],
    ['a pax record without a newline', only(rawPax('12 path=app/a'), one), /malformed record/],
    ['an empty pax header', only(rawPax(''), one), /pax header of 0 bytes/],
    ['a huge pax header', only(rawHeader({ type: 'x', size: '00040000000' })), /pax header of 8388608 bytes/],
    [
      'bytes behind pax records',
      only(rawHeader({ name: 'PaxHeader', type: 'x', size: '00000000014' }), padded(`12 path=abc\n${'hidden'}`), one),
      /hidden after its records/,
    ],
    ['a file twice', only(one, one), /"app\/a" appears twice/, 'app/a'],
    ['a folder twice', archive(app, app), /"app" appears twice/],
    ['a file and a folder of one name', only(one, rawFolder('app/a')), /appears twice/],
    [
      'names equal but for case',
      only(rawEntry({ name: 'app/A' }), rawEntry({ name: 'app/a' })),
      /only in case or Unicode form/,
      'app/a',
    ],
    ['folders equal but for case', only(rawFolder('app/D'), rawFolder('app/d')), /only in case or Unicode form/],
    [
      'names equal after normalisation',
      only(
        rawPax(record('path', 'app/e\u0301')),
        rawEntry({ name: 'PaxHeader' }),
        rawPax(record('path', 'app/\u00e9')),
        rawEntry({ name: 'PaxHeader' }),
      ),
      /only in case or Unicode form/,
    ],
    ['names out of order', only(rawEntry({ name: 'app/b' }), rawEntry({ name: 'app/a' })), /"app\/a" is out of order/, 'app/a'],
    ['a file before its folder', archive(rawEntry({ name: 'app/a' })), /no directory entry for its folder/, 'app/a'],
    ['a file under a file', only(one, rawEntry({ name: 'app/a/b' })), /no directory entry for its folder/],
    [
      'a folder with content',
      archive(rawEntry({ name: 'app/', type: '5', mode: '0000755' }, 'hello')),
      /is a folder with content/,
    ],
    ['a folder without its slash', archive(rawEntry({ name: 'app', type: '5', mode: '0000755' })), /not canonical/],
    [
      'bytes hidden in padding',
      only(Buffer.concat([rawHeader({ name: 'app/a' }, 5), Buffer.from('alpha'.padEnd(512, '!'))])),
      /hidden after its content/,
      'app/a',
    ],
    [
      'a binary size',
      only(rawHeader({ name: 'app/a', size: '\x80\0\0\0\0\0\0\0\0\0\0\x05' }), padded('alpha')),
      /size that is not an octal number/,
    ],
    ['a negative size', only(rawHeader({ name: 'app/a', size: '-0000000005' }), padded('alpha')), /not an octal number/],
    ['a wrong checksum', only(rawEntry({ name: 'app/a', checksum: '0000001\0 ' })), /damaged header/],
    [
      'the old GNU format',
      archive(rawEntry({ name: 'app/', magic: 'ustar  \0', type: '5', mode: '0000755' })),
      /is not in pax format/,
    ],
    ['the V7 format', archive(rawEntry({ name: 'app/a', magic: '\0\0\0\0\0\0\0\0' })), /is not in pax format/],
    ['a zip', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(2000, 7)]), /is not in pax format/],
    ['a gzipped tar', gzipSync(only(rawEntry({ name: 'app/a' }, incompressible))), /is not in pax format/],
    ['nothing', Buffer.alloc(0), /is cut short before its first entry/],
    ['no end', Buffer.concat([app, one]), /cut short at or after entry "app\/a"/, 'app/a'],
    ['half an end', Buffer.concat([app, one, Buffer.alloc(512)]), /cut short/],
    ['a cut header', Buffer.concat([app, one.subarray(0, 100)]), /cut short/],
    ['cut content', Buffer.concat([app, one.subarray(0, 514)]), /cut short at or after entry "app\/a"/],
    ['cut padding', Buffer.concat([app, one.subarray(0, 600)]), /cut short/],
    ['one byte after the end', Buffer.concat([only(one), Buffer.alloc(1)]), /bytes after its end/],
    ['a record filled with zeros', Buffer.concat([only(one), Buffer.alloc(8192)]), /bytes after its end/],
    ['an archive after the end', Buffer.concat([only(one), only(one)]), /bytes after its end/],
    ['an entry inside the end mark', Buffer.concat([app, Buffer.alloc(512), one, end]), /entries after its end mark/],
  ];

  it.each(hostile)('should refuse %s', async (_what, bytes, why, entry) => {
    const error = await refusal(bytes);
    expect(error.message).toMatch(why);
    expect(error.code).toBe('invalid_archive');
    if (entry !== undefined) expect(error.entry).toBe(entry);
  });

  it('should hold to its limits', async () => {
    const many = only(...Array.from({ length: 30 }, (_, at) => rawEntry({ name: `app/${String(at).padStart(3, '0')}` }, 'x')));
    expect((await refusal(many, { limits: { maxEntries: 30 } })).message).toBe(
      'archive entry "app/029" is entry 31; the most allowed is 30',
    );
    expect((await refusal(many, { limits: { maxTotalBytes: 20 } })).message).toBe(
      'archive entry "app/020" brings the content above 20 bytes',
    );
    const deep = await bytesOf(writeCanonicalTar([{ path: 'app/a/b/c', kind: 'directory' }]));
    expect((await refusal(deep, { limits: { maxDepth: 3 } })).entry).toBe('app/a/b/c');
    expect((await refusal(deep, { limits: { maxPathBytes: 8 } })).message).toContain('has a path of more than 8 bytes');
    expect((await refusal(only(rawPax(record('size', '9'.repeat(15))), one))).message).toMatch(/brings the content above/);
  });

  it('should take nothing but what the writer writes: a flipped bit outside the content is noticed', async () => {
    const plain = await bytesOf(
      writeCanonicalTar([
        { path: 'app/dir', kind: 'directory' },
        { path: longName, kind: 'file', size: 3, open: () => inChunks(Buffer.from('abc')) },
      ]),
    );
    const contentAt = plain.indexOf('abc');
    await fc.assert(
      fc.asyncProperty(fc.nat(plain.length - 1), fc.nat(7), async (at, bit) => {
        fc.pre(at < contentAt || at >= contentAt + 3);
        // The bits of a long name are in no checksum: another name is another archive, as good as this one.
        fc.pre(!(plain.indexOf('xxxx') <= at && at < plain.indexOf('xxxx') + 120));
        const flipped = Buffer.from(plain);
        flipped[at]! ^= 1 << bit;
        await refusal(flipped);
      }),
      { numRuns: 400 },
    );
  });
});
