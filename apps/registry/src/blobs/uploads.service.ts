import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { Digest } from '#slipway/oci';
import { Database, failpoint, isDomainError, isUuid, uuidv7 } from '#slipway/platform';
import { ArchivesService } from '../archives/archives.service.js';
import { isUploads } from '../distribution/repository-name.js';
import { OciRefusal } from '../distribution/oci-refusal.js';
import { BLOB_STORE, type BlobStore } from './blob-store.port.js';
import { BlobsRepository } from './blobs.repository.js';
import { UploadsRepository } from './uploads.repository.js';

/** Injection token of {@link UploadLimits}. */
export const UPLOAD_LIMITS = Symbol('upload limits');
export interface UploadLimits {
  maxBlobBytes: number;
}

/** What a request brings to an upload. `start` is the first byte's place, when the sender says it. */
export interface Chunk {
  start: number | undefined;
  length: number | undefined;
  bytes: Readable;
}

@Injectable()
export class UploadsService {
  constructor(
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    @Inject(UPLOAD_LIMITS) private readonly limits: UploadLimits,
    private readonly uploads: UploadsRepository,
    private readonly blobs: BlobsRepository,
    private readonly archives: ArchivesService,
    private readonly database: Database,
  ) {}

  async begin(repository: string): Promise<string> {
    const id = uuidv7();
    await this.database.transaction((tx) => this.uploads.add(tx, id, repository));
    return id;
  }

  async received(repository: string, id: string): Promise<number> {
    await this.require(repository, id);
    return this.store.received(id);
  }

  /** @returns the bytes that the upload has now. */
  async append(repository: string, id: string, chunk: Chunk): Promise<number> {
    const received = await this.received(repository, id);
    if (chunk.start !== undefined && chunk.start !== received) {
      throw new OciRefusal(
        'RANGE_INVALID',
        `the upload has ${received} bytes, so the next chunk starts at ${received}, not ${chunk.start}`,
        {
          received,
        },
      );
    }
    const { maxBlobBytes } = this.limits;
    if (received + (chunk.length ?? 0) > maxBlobBytes)
      throw new OciRefusal('TOO_LARGE', `a blob may have ${maxBlobBytes} bytes at most; this upload would have more`);
    try {
      const observe = isUploads(repository) ? this.archives.watch(id, received) : undefined;
      return await this.store.append(id, received, chunk.bytes, { limit: maxBlobBytes, observe });
    } catch (error) {
      if (isDomainError(error, 'conflict')) throw new OciRefusal('RANGE_INVALID', error.message);
      throw error;
    }
  }

  /** The last bytes, if any, and the end: from now on the repository has the blob. */
  async finish(repository: string, id: string, digest: Digest, last: Chunk): Promise<void> {
    await this.append(repository, id, last);
    const size = await this.verify(id, digest);
    await this.archives.conclude(id, digest);
    await failpoint('registry.after_upload_verified');
    await this.database.transaction(async (tx) => {
      await this.blobs.lock(tx, digest);
      await this.store.keep(id, digest);
      await this.blobs.add(tx, digest, size);
      await this.blobs.link(tx, repository, digest);
      await this.uploads.remove(tx, id);
    });
    await failpoint('registry.after_blob_commit');
  }

  async cancel(repository: string, id: string): Promise<void> {
    await this.require(repository, id);
    await this.drop(id);
  }

  private async verify(id: string, digest: Digest): Promise<number> {
    try {
      return await this.store.verify(id, digest);
    } catch (error) {
      if (!isDomainError(error, 'digest_mismatch')) throw error;
      await this.drop(id);
      throw new OciRefusal('DIGEST_INVALID', error.message);
    }
  }

  private async drop(id: string): Promise<void> {
    await this.database.transaction((tx) => this.uploads.remove(tx, id));
    await this.store.discard(id);
  }

  private async require(repository: string, id: string): Promise<void> {
    if (!isUuid(id) || !(await this.uploads.touch(id, repository)))
      throw new OciRefusal(
        'BLOB_UPLOAD_UNKNOWN',
        `there is no upload ${id.slice(0, 40)} in ${repository}; it ended or was dropped: begin a new one`,
      );
  }
}
