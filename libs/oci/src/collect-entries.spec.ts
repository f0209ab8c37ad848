import { execFileSync } from 'node:child_process';
import { appendFile, chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesOf } from '../test/raw-tar.js';
import { writeCanonicalTar } from './canonical-tar.js';
import { checkCanonicalTar } from './checking-reader.js';
import { collectEntries } from './collect-entries.js';
import { digestOf } from './digest.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'oci-collect-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const packed = async (source: string, target = 'app/m'): Promise<Buffer> =>
  bytesOf(writeCanonicalTar(await collectEntries(source, target)));
const put = async (path: string, text: string): Promise<string> => {
  await mkdir(join(home, path, '..'), { recursive: true });
  await writeFile(join(home, path), text);
  return join(home, path);
};

describe(collectEntries.name, () => {
  it('should keep a file under its target', async () => {
    const checker = checkCanonicalTar();
    await pipeline(
      writeCanonicalTar(await collectEntries(await put('model.pkl', 'weights'), 'app/outputs/model.pkl')),
      checker,
      async (bytes) => void (await bytesOf(bytes as never)),
    );
    expect(checker.summary).toEqual({ files: 1, directories: 2, totalBytes: 7, contentDigest: digestOf('weights') });
  });

  it('should give the same bytes whatever the times, the umask and the order of creation', async () => {
    for (const [name, order] of [
      ['one', ['a', 'b/c', 'b/d']],
      ['two', ['b/d', 'a', 'b/c']],
    ] as const) {
      for (const path of order) await put(`${name}/${path}`, path);
      await mkdir(join(home, name, 'hollow'));
    }
    await chmod(join(home, 'two/a'), 0o600);
    await chmod(join(home, 'two/b'), 0o700);
    await utimes(join(home, 'two/a'), 1000, 1000);
    const bytes = await packed(join(home, 'one'));
    expect((await packed(join(home, 'two'))).equals(bytes)).toBe(true);
    await chmod(join(home, 'two/a'), 0o700);
    expect((await packed(join(home, 'two'))).equals(bytes)).toBe(false);
  });

  it('should follow a link to a file of the same folder', async () => {
    await put('m/real', 'text');
    const plain = await packed(join(home, 'm'));
    await symlink('real', join(home, 'm/link'));
    const entries = await collectEntries(join(home, 'm'), 'app/m');
    expect(entries.map(({ path, kind }) => `${kind} ${path}`).sort()).toEqual([
      'directory app/m',
      'file app/m/link',
      'file app/m/real',
    ]);
    expect((await bytesOf(writeCanonicalTar(entries))).length).toBe(plain.length + 1024);
  });

  it('should follow a link that the user named', async () => {
    const real = await put('real', 'text');
    await symlink(real, join(home, 'link'));
    expect((await packed(join(home, 'link'))).equals(await packed(real))).toBe(true);
  });

  it.each([
    ['to the outside', '../outside'],
    ['to a folder', 'sub'],
    ['to nothing', 'nowhere'],
    ['to itself', 'link'],
    ['by an absolute path to the outside', '/etc/hostname'],
  ])('should refuse a link %s', async (_what, to) => {
    await put('outside', 'secret');
    await put('m/sub/x', 'x');
    await symlink(to, join(home, 'm/link'));
    await expect(collectEntries(join(home, 'm'), 'app/m')).rejects.toThrow(
      `"${join(home, 'm/link')}" is a link that does not lead to a regular file of the same folder`,
    );
  });

  it('should refuse a pipe, a socket and a name that is not UTF-8', async () => {
    await mkdir(join(home, 'pipe'));
    execFileSync('mkfifo', [join(home, 'pipe/p')]);
    await expect(collectEntries(join(home, 'pipe'), 'app/m')).rejects.toThrow(/\/pipe\/p" is a pipe/);
    await mkdir(join(home, 'sock'));
    const server = createServer().listen(join(home, 'sock/s'));
    await expect(collectEntries(join(home, 'sock'), 'app/m')).rejects.toThrow(/\/sock\/s" is a socket/);
    await new Promise((done) => server.close(done));
    await mkdir(join(home, 'latin'));
    await writeFile(Buffer.concat([Buffer.from(join(home, 'latin/')), Buffer.from([0xe9])]), '');
    await expect(collectEntries(join(home, 'latin'), 'app/m')).rejects.toThrow(/not valid UTF-8; rename it/);
    await expect(collectEntries('/dev/null', 'app/m')).rejects.toThrow(/"\/dev\/null" is a device/);
  });

  it('should refuse names that differ only in case, before anything is uploaded', async () => {
    await put('m/Data', '1');
    await put('m/data', '2');
    await expect(collectEntries(join(home, 'm'), 'app/m')).rejects.toThrow(/only in case or Unicode form/);
  });

  it('should notice a file that changes while it is read', async () => {
    const path = await put('m/model', 'weights');
    const entries = await collectEntries(join(home, 'm'), 'app/m');
    await appendFile(path, '!');
    await expect(bytesOf(writeCanonicalTar(entries))).rejects.toThrow(`"${path}" changed while it was being read`);
    const again = await collectEntries(join(home, 'm'), 'app/m');
    await writeFile(path, 'WEIGHTS?');
    await utimes(path, 1, 1);
    await expect(bytesOf(writeCanonicalTar(again))).rejects.toThrow(/changed while it was being read/);
    const swapped = await collectEntries(join(home, 'm'), 'app/m');
    await rm(path);
    await symlink('/etc/hostname', path);
    await expect(bytesOf(writeCanonicalTar(swapped))).rejects.toThrow(/ELOOP/);
  });
});
