import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { type Digest, digestOf } from '#slipway/oci';
import { Database } from '#slipway/platform';
import { BLOB_STORE, type BlobStore, type ByteRange } from './blob-store.port.js';
import { BlobsRepository } from './blobs.repository.js';

/** Blobs as repositories see them: a blob without a link is as good as absent. */
@Injectable()
export class BlobsService {
  constructor(
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    private readonly blobs: BlobsRepository,
    private readonly database: Database,
  ) {}

  sizeIn(repository: string, digest: Digest): Promise<number | undefined> {
    return this.blobs.sizeIn(repository, digest);
  }

  /** Of a blob that {@link sizeIn} found. */
  read(digest: Digest, range?: ByteRange): Promise<Readable> {
    return this.store.read(digest, range);
  }

  /** Makes a blob of the one repository readable through the other; false when the one has no such blob. */
  async mount(from: string, to: string, digest: Digest): Promise<boolean> {
    if ((await this.blobs.sizeIn(from, digest)) === undefined) return false;
    await this.database.transaction((tx) => this.blobs.link(tx, to, digest));
    return true;
  }

  /** Keeps a small document; it is readable once it is linked. */
  async put(bytes: Uint8Array): Promise<Digest> {
    const digest = digestOf(bytes);
    await this.database.transaction(async (tx) => {
      await this.blobs.lock(tx, digest);
      if (await this.blobs.isKnown(tx, digest)) return;
      await this.store.put(digest, bytes);
      await this.blobs.add(tx, digest, bytes.length);
    });
    return digest;
  }
}
