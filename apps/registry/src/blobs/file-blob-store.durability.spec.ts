import type * as fsPromises from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { digestHex, digestOf } from '#slipway/oci';
import { uuidv7 } from '#slipway/platform';
import { FileBlobStore } from './file-blob-store.adapter.js';

const operations: string[] = [];
let failingSync = false;
let root = '';
const named = (path: unknown) => relative(root, String(path)) || '.';

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof fsPromises>();
  const open = async (...args: Parameters<typeof fs.open>) => {
    const handle = await fs.open(...args);
    const { writeFile, sync } = handle;
    handle.writeFile = (...data) => (operations.push(`write ${named(args[0])}`), writeFile.apply(handle, data));
    handle.sync = () => {
      operations.push(`sync ${named(args[0])}`);
      return failingSync ? Promise.reject(new Error('EIO')) : sync.apply(handle);
    };
    return handle;
  };
  const rename: typeof fs.rename = (from, to) => (operations.push(`rename ${named(from)} ${named(to)}`), fs.rename(from, to));
  return { ...fs, open, rename };
});

/** After a power loss any prefix of what follows the last sync may be all there is; so the order is the promise (F59). */
describe('the order of what a blob store writes', () => {
  const upload = uuidv7();
  const digest = digestOf('hello world');
  const folder = `sha256/${digestHex(digest).slice(0, 2)}`;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'slipway-blobs-'));
    operations.length = 0;
    failingSync = false;
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('should give a name only to bytes that are safe, and then make the name safe', async () => {
    const store = await FileBlobStore.create(root);
    await store.append(upload, 0, Readable.from([Buffer.from('hello '), Buffer.from('world')]), { limit: 100 });
    await store.verify(upload, digest);
    await store.keep(upload, digest);
    expect(operations).toEqual([
      'sync .',
      `write uploads/${upload}`,
      `write uploads/${upload}`,
      `sync uploads/${upload}`,
      'sync sha256',
      `rename uploads/${upload} ${folder}/${digestHex(digest)}`,
      `sync ${folder}`,
    ]);
  });

  it('should take bytes whose sync failed for lost', async () => {
    const store = await FileBlobStore.create(root);
    await store.append(upload, 0, Readable.from([Buffer.from('hello world')]), { limit: 100 });
    failingSync = true;
    await expect(store.verify(upload, digest)).rejects.toThrow('EIO');
    expect(await store.received(upload)).toBe(0);
  });
});
