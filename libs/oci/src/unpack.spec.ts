import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archive, bytesOf, end, inChunks, rawEntry, rawFolder, rawHeader, rawPax, record } from '../test/raw-tar.js';
import { writeCanonicalTar } from './canonical-tar.js';
import { digestOf } from './digest.js';
import { mediaTypes } from './types.js';
import { removeUnpacked, unpackLayer, type UnpackOptions } from './unpack.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'oci-unpack-'));
});
afterEach(async () => {
  await removeUnpacked(home);
});

function plain(tar: Buffer): UnpackOptions {
  return { layer: { mediaType: mediaTypes.layer, digest: digestOf(tar), size: tar.length }, diffId: digestOf(tar) };
}
const unpack = (tar: Buffer, options: Partial<UnpackOptions> = {}) =>
  unpackLayer(inChunks(tar, [700, 13]), join(home, 'out'), { ...plain(tar), ...options });
const modeOf = async (path: string): Promise<string> => ((await stat(join(home, 'out', path))).mode & 0o7777).toString(8);

async function expectNothingLeft(): Promise<void> {
  expect(await readdir(home)).toEqual([]);
}

describe(unpackLayer.name, () => {
  const sample = archive(
    rawEntry({ name: 'app/deep/run.sh', mode: '0000755', uid: '0001750', owner: 'me', mtime: '14717530000' }, '#!/bin/sh\n'),
    rawFolder('app', { mode: '0000700' }),
    rawPax(record('mtime', '1.5') + record('path', `app/${'n'.repeat(120)}`)),
    rawEntry({ name: 'cut-off-name', mode: '0000600' }, 'long'),
    rawEntry({ name: 'empty' }),
    rawFolder('hollow'),
  );

  it('should write regular files and folders read-only, at time 0', async () => {
    const umask = process.umask(0o077);
    try {
      expect(await unpack(sample)).toEqual({ files: 3, bytes: 14 });
    } finally {
      process.umask(umask);
    }
    expect(await readFile(join(home, 'out/app/deep/run.sh'), 'utf8')).toBe('#!/bin/sh\n');
    expect(await modeOf('app/deep/run.sh')).toBe('555');
    expect(await modeOf(`app/${'n'.repeat(120)}`)).toBe('444');
    for (const folder of ['.', 'app', 'app/deep', 'hollow']) expect(await modeOf(folder)).toBe('555');
    for (const path of ['.', 'app', 'app/deep/run.sh', 'empty']) expect((await stat(join(home, 'out', path))).mtimeMs).toBe(0);
    expect(await readdir(home)).toEqual(['out']);
    await removeUnpacked(join(home, 'out'));
    await expectNothingLeft();
  });

  it('should take what the canonical writer made, compressed or filled with zeros', async () => {
    const bytes = Buffer.from('weights');
    const tar = await bytesOf(
      writeCanonicalTar([
        { path: 'app/model.pkl', kind: 'file', size: 7, open: () => Readable.from(bytes, { objectMode: false }) },
      ]),
    );
    const packed = gzipSync(tar);
    await unpackLayer(inChunks(packed, [11]), join(home, 'out'), {
      layer: { mediaType: mediaTypes.layerGzip, digest: digestOf(packed), size: packed.length },
      diffId: digestOf(tar),
    });
    expect(await readFile(join(home, 'out/app/model.pkl'), 'utf8')).toBe('weights');
    const filled = Buffer.concat([tar, Buffer.alloc(10_240 - tar.length)]);
    await unpackLayer(inChunks(filled), join(home, 'filled'), plain(filled));
  });

  it('should not touch a folder that exists', async () => {
    await mkdir(join(home, 'out'));
    await writeFile(join(home, 'out/kept'), 'kept');
    await expect(unpack(sample)).rejects.toThrow(/exists already/);
    expect(await readFile(join(home, 'out/kept'), 'utf8')).toBe('kept');
  });

  it('should refuse other bytes than those named, and leave nothing', async () => {
    const other = digestOf('other');
    await expect(unpack(sample, { diffId: other })).rejects.toMatchObject({
      code: 'digest_mismatch',
      expected: other,
      actual: digestOf(sample),
    });
    await expect(unpack(sample, { layer: { ...plain(sample).layer, digest: other } })).rejects.toMatchObject({
      code: 'digest_mismatch',
    });
    const flipped = Buffer.from(sample);
    flipped[flipped.indexOf('#!/bin/sh')]! ^= 1;
    await expect(unpackLayer(inChunks(flipped), join(home, 'out'), plain(sample))).rejects.toMatchObject({
      code: 'digest_mismatch',
    });
    const packed = gzipSync(sample);
    packed[packed.length >> 1]! ^= 1;
    const layer = { mediaType: mediaTypes.layerGzip, digest: digestOf(packed), size: packed.length };
    await expect(unpackLayer(inChunks(packed), join(home, 'out'), { layer, diffId: digestOf(sample) })).rejects.toThrow();
    await expectNothingLeft();
  });

  it.each<[string, Buffer, RegExp]>([
    [
      'a symbolic link',
      archive(rawEntry({ name: 'app/l', type: '2', link: '/' }), rawEntry({ name: 'app/l/x' })),
      /"app\/l" is a symbolic link/,
    ],
    ['a hard link', archive(rawEntry({ name: 'l', type: '1', link: '/etc/passwd' })), /is a hard link/],
    ['a device', archive(rawEntry({ name: 'd', type: '3' })), /is a character device/],
    ['..', archive(rawEntry({ name: 'app/ok' }, 'x'), rawEntry({ name: '../escaped' }, 'x')), /\.\. segment/],
    ['.. in a pax path', archive(rawPax(record('path', '../escaped')), rawEntry({ name: 'ok' }, 'x')), /\.\. segment/],
    ['.. by a prefix field', archive(rawEntry({ name: 'escaped', prefix: '..' }, 'x')), /\.\. segment/],
    ['an absolute path', archive(rawEntry({ name: '/escaped' }, 'x')), /absolute/],
    ['setuid', archive(rawEntry({ name: 'su', mode: '0004755' })), /setuid/],
    ['a pax link path', archive(rawPax(record('linkpath', '/')), rawEntry({ name: 'x' })), /"linkpath"/],
    ['a sparse file', archive(rawPax(record('GNU.sparse.major', '1')), rawEntry({ name: 'x' })), /sparse/],
    ['a file twice', archive(rawEntry({ name: 'x' }, '1'), rawEntry({ name: 'x' }, '2')), /appears twice/],
    [
      'a file as a folder',
      archive(rawEntry({ name: 'x' }, '1'), rawEntry({ name: 'x/y' }, '2')),
      /both as a file and as a folder/,
    ],
    [
      'a folder as a file',
      archive(rawEntry({ name: 'x/y' }, '1'), rawEntry({ name: 'x' }, '2')),
      /both as a file and as a folder/,
    ],
    [
      'a cut archive',
      Buffer.concat([rawFolder('app'), rawEntry({ name: 'app/x' }, 'x'.repeat(5000)).subarray(0, 3000)]),
      /cut short/,
    ],
    ['endless zeros', Buffer.concat([end, Buffer.alloc(2 ** 20)]), /bytes after its end/],
    ['too much content', archive(rawHeader({ name: 'x', size: '77777777777' })), /brings the content above 1000000 bytes/],
  ])('should refuse %s and leave nothing', async (_what, tar, why) => {
    await expect(unpack(tar, { limits: { maxTotalBytes: 1_000_000 } })).rejects.toThrow(why);
    await expectNothingLeft();
  });

  it('should stop a compressed bomb at its limits', async () => {
    const size = 200 * 2 ** 20;
    const packed = gzipSync(Buffer.concat([rawHeader({ name: 'bomb' }, size), Buffer.alloc(size), end]), { level: 9 });
    const layer = { mediaType: mediaTypes.layerGzip, digest: digestOf(packed), size: packed.length };
    const options = { layer, diffId: digestOf(''), limits: { maxTotalBytes: 2 ** 20 } };
    await expect(unpackLayer(inChunks(packed, [65536]), join(home, 'out'), options)).rejects.toThrow(
      /brings the content above 1048576 bytes/,
    );
    await expectNothingLeft();
  });

  it('should leave nothing when its source fails, or the caller leaves', async () => {
    const failing = Readable.from(
      (function* () {
        yield sample.subarray(0, 1500);
        throw new Error('connection reset');
      })(),
      { objectMode: false },
    );
    await expect(unpackLayer(failing, join(home, 'out'), plain(sample))).rejects.toThrow('connection reset');
    const stuck = new Readable({ read() {} });
    stuck.push(sample.subarray(0, 1500));
    const leave = new AbortController();
    setTimeout(() => leave.abort(), 50);
    await expect(unpackLayer(stuck, join(home, 'out'), { ...plain(sample), signal: leave.signal })).rejects.toThrow(/abort/i);
    expect(stuck.destroyed).toBe(true);
    await expectNothingLeft();
  });

  it('should refuse a media type that is no layer', async () => {
    await expect(unpack(sample, { layer: { ...plain(sample).layer, mediaType: 'application/zip' } })).rejects.toThrow(
      /"application\/zip" can't be unpacked/,
    );
    await expectNothingLeft();
  });

  it('should unpack thousands of files', async () => {
    const parts = Array.from({ length: 3000 }, (_, at) =>
      rawEntry({ name: `d${at % 50}/f${at}` }, createHash('sha256').update(String(at)).digest()),
    );
    expect(await unpack(archive(...parts))).toEqual({ files: 3000, bytes: 96_000 });
  });
});
