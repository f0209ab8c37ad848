import { Injectable } from '@nestjs/common';
import { type Digest, parseDigest } from '#slipway/oci';
import { DomainError } from '#slipway/platform';
import { uploadsOf } from '../distribution/repository-name.js';
import { BlobsService } from './blobs.service.js';

export interface UploadedBlob {
  digest: Digest;
  size: number;
}

/** What an account has uploaded and now names as `blob:sha256:<hex>`. */
@Injectable()
export class UploadedBlobs {
  constructor(private readonly blobs: BlobsService) {}

  /** @throws DomainError `not_found` that says what the blob was for. */
  async require(account: string, url: string, what: string): Promise<UploadedBlob> {
    const digest = parseDigest(url.slice('blob:'.length));
    const size = await this.blobs.sizeIn(uploadsOf(account), digest);
    if (size === undefined)
      throw new DomainError('not_found', `${what} is not uploaded: ${uploadsOf(account)} has no blob ${digest}; upload it first`);
    return { digest, size };
  }

  /** The text of a small file. @throws DomainError `unprocessable` when it is larger than `limit` or not UTF-8. */
  async text(account: string, url: string, what: string, limit: number): Promise<string> {
    const { digest, size } = await this.require(account, url, what);
    if (size > limit) throw new DomainError('unprocessable', `${what} has ${size} bytes; the most allowed is ${limit}`);
    const chunks: Buffer[] = [];
    for await (const chunk of await this.blobs.read(digest)) chunks.push(chunk as Buffer);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    } catch {
      throw new DomainError('unprocessable', `${what} is not UTF-8 text; save it as UTF-8`);
    }
  }
}
