import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Digest, digestHex, isDigest } from '#slipway/oci';
import { DomainError, failpoint, isUuid, uuidv7 } from '#slipway/platform';
import type { AppendOptions, BlobStore, ByteRange } from './blob-store.port.js';

/** Hash of the first `size` bytes of an upload. */
interface Progress {
  hash: Hash;
  size: number;
}

/**
 * `<root>/sha256/<ab>/<hex>` and `<root>/uploads/<id>`, on one file system. A blob's file is complete and flushed before it
 * is renamed to its name, and the folder is flushed after it; so after a power loss a name is either absent or right.
 */
export class FileBlobStore implements BlobStore {
  private readonly blobs: string;
  private readonly uploads: string;
  /** Only a short cut: after a restart the file is hashed again. */
  private readonly progress = new Map<string, Progress>();
  private readonly writers = new Map<string, { stop: () => void; done: Promise<void> }>();

  constructor(private readonly root: string) {
    this.blobs = join(root, 'sha256');
    this.uploads = join(root, 'uploads');
  }

  static async create(root: string): Promise<FileBlobStore> {
    const store = new FileBlobStore(root);
    for (const folder of [root, store.blobs, store.uploads]) await mkdir(folder, { recursive: true, mode: 0o700 });
    await syncFolder(root);
    return store;
  }

  async sizeOf(digest: Digest): Promise<number | undefined> {
    return sizeOfFile(this.blobFile(digest));
  }

  async read(digest: Digest, range?: ByteRange): Promise<Readable> {
    if (range && range.end < range.start) return Readable.from([]);
    const handle = await open(this.blobFile(digest));
    return handle.createReadStream({ ...range, highWaterMark: 256 * 1024 });
  }

  async put(digest: Digest, bytes: Uint8Array): Promise<void> {
    const upload = uuidv7();
    try {
      await writeFile(this.uploadFile(upload), bytes, { flag: 'wx', mode: 0o600 });
      await this.verify(upload, digest);
      await this.keep(upload, digest);
    } catch (error) {
      const reason = await this.giveUp(upload, error);
      await this.discard(upload);
      throw reason;
    }
  }

  async received(upload: string): Promise<number> {
    const writer = this.writers.get(upload);
    writer?.stop();
    await writer?.done;
    return (await sizeOfFile(this.uploadFile(upload))) ?? 0;
  }

  async append(upload: string, from: number, bytes: Readable, options: AppendOptions): Promise<number> {
    if (this.writers.has(upload)) throw new DomainError('conflict', `another request writes to the upload ${upload}`);
    let finished: () => void = () => undefined;
    const done = new Promise<void>((resolve) => (finished = resolve));
    this.writers.set(upload, { stop: () => bytes.destroy(new Error('the upload was taken over by another request')), done });
    try {
      return await this.write(upload, from, bytes, options);
    } finally {
      this.writers.delete(upload);
      finished();
    }
  }

  async verify(upload: string, digest: Digest): Promise<number> {
    await this.received(upload);
    const handle = await open(this.uploadFile(upload), 'a+', 0o600);
    try {
      const { hash, size } = await this.progressOf(upload, (await handle.stat()).size);
      const actual = `sha256:${hash.copy().digest('hex')}`;
      if (actual !== digest)
        throw new DomainError(
          'digest_mismatch',
          `the ${size} bytes uploaded have the digest ${actual}, not ${digest}; upload them again`,
        );
      await handle.sync().catch(async (error: unknown) => {
        // The kernel reports lost pages once; a second sync would succeed without them.
        await rm(this.uploadFile(upload), { force: true });
        throw error;
      });
      return size;
    } catch (error) {
      throw await this.giveUp(upload, error);
    } finally {
      await handle.close();
    }
  }

  /** Renames also over a file of that name: it has the same bytes, or ones that the disk damaged. */
  async keep(upload: string, digest: Digest): Promise<void> {
    const folder = join(this.blobs, digestHex(digest).slice(0, 2));
    try {
      if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) await syncFolder(this.blobs);
      await rename(this.uploadFile(upload), this.blobFile(digest));
      await failpoint('registry.after_blob_rename');
      await syncFolder(folder);
      this.progress.delete(upload);
    } catch (error) {
      throw await this.giveUp(upload, error);
    }
  }

  async discard(upload: string): Promise<void> {
    await this.received(upload);
    this.progress.delete(upload);
    await rm(this.uploadFile(upload), { force: true });
  }

  async *uploadsBefore(time: Date): AsyncIterable<string> {
    for (const name of await readdir(this.uploads)) {
      if (isUuid(name) && (await changedBefore(join(this.uploads, name), time))) yield name;
    }
  }

  async *blobsBefore(time: Date): AsyncIterable<Digest> {
    for (const part of await readdir(this.blobs)) {
      for (const hex of await readdir(join(this.blobs, part))) {
        const digest = `sha256:${hex}`;
        if (isDigest(digest) && (await changedBefore(this.blobFile(digest), time))) yield digest;
      }
    }
  }

  async remove(digest: Digest): Promise<void> {
    await rm(this.blobFile(digest), { force: true });
  }

  private async write(upload: string, from: number, bytes: Readable, { limit, observe }: AppendOptions): Promise<number> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(this.uploadFile(upload), 'a', 0o600);
      const size = (await handle.stat()).size;
      if (size !== from) throw new DomainError('conflict', `the upload ${upload} has ${size} bytes, not ${from}`);
      const progress = await this.progressOf(upload, size);
      // A refusal must still reach the sender, whose connection ends with the stream.
      for await (const chunk of bytes.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        if (progress.size + chunk.length > limit)
          throw new DomainError('payload_too_large', `a blob may have ${limit} bytes at most; this upload has more`);
        await handle.writeFile(chunk);
        progress.hash.update(chunk);
        progress.size += chunk.length;
        observe?.(chunk);
        await failpoint('registry.after_upload_chunk');
      }
      return progress.size;
    } catch (error) {
      if (error instanceof DomainError && error.code === 'payload_too_large') await rm(this.uploadFile(upload), { force: true });
      throw await this.giveUp(upload, error);
    } finally {
      await handle?.close();
    }
  }

  private async progressOf(upload: string, size: number): Promise<Progress> {
    const known = this.progress.get(upload);
    if (known?.size === size) return known;
    const hash = createHash('sha256');
    if (size > 0)
      for await (const chunk of createReadStream(this.uploadFile(upload), { end: size - 1 })) hash.update(chunk as Buffer);
    const progress = { hash, size };
    this.progress.set(upload, progress);
    return progress;
  }

  /** A full disk gets the upload's bytes back; after any other failure they wait for the rest. */
  private async giveUp(upload: string, error: unknown): Promise<unknown> {
    const code = (error as { code?: unknown } | null)?.code;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
    this.progress.delete(upload);
    await rm(this.uploadFile(upload), { force: true });
    return new DomainError(
      'insufficient_storage',
      'the disk of the blob store is full; free some space and upload again (what was uploaded so far is gone)',
      [],
      { cause: error },
    );
  }

  private blobFile(digest: Digest): string {
    const hex = digestHex(digest);
    return join(this.blobs, hex.slice(0, 2), hex);
  }

  private uploadFile(upload: string): string {
    return join(this.uploads, upload);
  }
}

async function sizeOfFile(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function changedBefore(path: string, time: Date): Promise<boolean> {
  try {
    // A rename counts: a blob's age starts when it gets its name.
    return (await stat(path)).ctime < time;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
