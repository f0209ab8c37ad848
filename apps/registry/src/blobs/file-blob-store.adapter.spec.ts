import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestHex, digestOf } from '#slipway/oci';
import { uuidv7 } from '#slipway/platform';
import { FileBlobStore } from './file-blob-store.adapter.js';

const limit = 1_000;
const text = (content: string) => Readable.from([Buffer.from(content)]);

describe(FileBlobStore.name, () => {
  let root: string;
  let store: FileBlobStore;
  let upload: string;
  const digest = digestOf('hello world');
  const content = async () => Buffer.concat(await (await store.read(digest)).toArray()).toString();

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'slipway-blobs-'));
    store = await FileBlobStore.create(root);
    upload = uuidv7();
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('should keep a blob under its digest, readable whole and in part', async () => {
    expect(await store.append(upload, 0, text('hello '), { limit })).toBe(6);
    expect(await store.append(upload, 6, text('world'), { limit })).toBe(11);
    expect(await store.verify(upload, digest)).toBe(11);
    expect(await store.sizeOf(digest)).toBeUndefined();
    await store.keep(upload, digest);
    expect(await store.sizeOf(digest)).toBe(11);
    expect(await content()).toBe('hello world');
    expect(Buffer.concat(await (await store.read(digest, { start: 6, end: 8 })).toArray()).toString()).toBe('wor');
    expect(readdirSync(join(root, 'uploads'))).toEqual([]);
    expect(statSync(join(root, 'sha256', digestHex(digest).slice(0, 2), digestHex(digest))).mode & 0o777).toBe(0o600);
  });

  it('should go on after a restart with the bytes that are there', async () => {
    await store.append(upload, 0, text('hello '), { limit });
    store = await FileBlobStore.create(root);
    expect(await store.received(upload)).toBe(6);
    await store.append(upload, 6, text('world'), { limit });
    await store.verify(upload, digest);
    await store.keep(upload, digest);
    expect(await content()).toBe('hello world');
  });

  it('should refuse other bytes than the digest says', async () => {
    await store.append(upload, 0, text('hello World'), { limit });
    await expect(store.verify(upload, digest)).rejects.toMatchObject({ code: 'digest_mismatch' });
  });

  it('should keep what arrived before a cut', async () => {
    const source = new PassThrough();
    const writing = store.append(upload, 0, source, { limit });
    source.write('hello ');
    await new Promise((resolve) => setTimeout(resolve, 20));
    source.destroy(new Error('cut'));
    await expect(writing).rejects.toThrow('cut');
    expect(await store.received(upload)).toBe(6);
  });

  it('should end a writer that hangs when somebody asks how far the upload is', async () => {
    const source = new PassThrough();
    const writing = store.append(upload, 0, source, { limit });
    source.write('hello ');
    await expect(store.append(upload, 0, text('x'), { limit })).rejects.toMatchObject({ code: 'conflict' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const [received] = await Promise.all([store.received(upload), expect(writing).rejects.toThrow('taken over')]);
    expect(received).toBe(6);
  });

  it('should refuse a chunk at the wrong place and an upload above the limit, whose bytes go', async () => {
    await store.append(upload, 0, text('hello '), { limit });
    await expect(store.append(upload, 3, text('world'), { limit })).rejects.toMatchObject({ code: 'conflict' });
    await expect(store.append(upload, 6, text('world'), { limit: 10 })).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(await store.received(upload)).toBe(0);
  });

  it('should let the sender hear of a refusal: its stream stays open', async () => {
    const source = new PassThrough();
    source.write('12345678901');
    await expect(store.append(upload, 0, source, { limit: 10 })).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(source.destroyed).toBe(false);
  });

  it('should store one copy when two uploads bring the same bytes, and mend a damaged file', async () => {
    const other = uuidv7();
    for (const id of [upload, other]) await store.append(id, 0, text('hello world'), { limit });
    await Promise.all([upload, other].map((id) => store.verify(id, digest)));
    await store.keep(upload, digest);
    writeFileSync(join(root, 'sha256', digestHex(digest).slice(0, 2), digestHex(digest)), 'damaged');
    await store.keep(other, digest);
    expect(await content()).toBe('hello world');
    expect(readdirSync(join(root, 'sha256'))).toHaveLength(1);
  });

  it('should keep an empty blob and a small document', async () => {
    const empty = digestOf('');
    expect(await store.verify(upload, empty)).toBe(0);
    await store.keep(upload, empty);
    expect(await store.sizeOf(empty)).toBe(0);
    expect(await (await store.read(empty, { start: 0, end: -1 })).toArray()).toEqual([]);
    await store.put(digest, Buffer.from('hello world'));
    expect(await content()).toBe('hello world');
    await expect(store.put(empty, Buffer.from('x'))).rejects.toMatchObject({ code: 'digest_mismatch' });
  });

  it('should name old uploads and blobs, and remove them', async () => {
    await store.append(upload, 0, text('hello '), { limit });
    await store.put(digest, Buffer.from('hello world'));
    writeFileSync(join(root, 'uploads', 'not-an-upload'), '');
    utimesSync(join(root, 'uploads', upload), 0, 0);
    const later = new Date(Date.now() + 60_000);
    expect(await Readable.from(store.uploadsBefore(later)).toArray()).toEqual([upload]);
    expect(await Readable.from(store.blobsBefore(later)).toArray()).toEqual([digest]);
    expect(await Readable.from(store.blobsBefore(new Date(Date.now() - 60_000))).toArray()).toEqual([]);
    await store.discard(upload);
    await store.remove(digest);
    expect(await store.received(upload)).toBe(0);
    expect(await store.sizeOf(digest)).toBeUndefined();
  });
});
