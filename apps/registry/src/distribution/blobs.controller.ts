import { pipeline } from 'node:stream/promises';
import { Controller, Get, Head, Headers, Param, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import type { Digest } from '#slipway/oci';
import { BlobsService } from '../blobs/blobs.service.js';
import { parseRange } from './http-range.js';
import { OciErrorFilter } from './oci-error.filter.js';
import { OciRefusal } from './oci-refusal.js';
import { Pulls, Repository, RepositoryGuard } from './repository.guard.js';
import { requireDigest } from './repository-name.js';

@Controller('v2/*name/blobs')
@UseFilters(OciErrorFilter)
@UseGuards(RepositoryGuard)
export class BlobsController {
  constructor(private readonly blobs: BlobsService) {}

  @Head(':digest')
  @Pulls()
  async head(@Repository() repository: string, @Param('digest') text: string, @Res() response: Response): Promise<void> {
    const digest = requireDigest(text);
    const size = await this.require(repository, digest);
    describe(response, digest).setHeader('Content-Length', size).end();
  }

  @Get(':digest')
  @Pulls()
  async get(
    @Repository() repository: string,
    @Param('digest') text: string,
    @Headers('range') rangeHeader: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    const digest = requireDigest(text);
    const size = await this.require(repository, digest);
    const range = parseRange(rangeHeader, size);
    if (range === 'unsatisfiable') {
      response.setHeader('Content-Range', `bytes */${size}`);
      throw new OciRefusal('RANGE_INVALID', `the blob has ${size} bytes; '${rangeHeader}' asks for none of them`);
    }
    const { start, end } = range ?? { start: 0, end: size - 1 };
    const bytes = await this.blobs.read(digest, { start, end });
    describe(response, digest).setHeader('Content-Length', end - start + 1);
    if (range) response.status(206).setHeader('Content-Range', `bytes ${start}-${end}/${size}`);
    await pipeline(bytes, response);
  }

  private async require(repository: string, digest: Digest): Promise<number> {
    const size = await this.blobs.sizeIn(repository, digest);
    if (size === undefined) throw new OciRefusal('BLOB_UNKNOWN', `${repository} has no blob ${digest}`);
    return size;
  }
}

function describe(response: Response, digest: Digest): Response {
  response.status(200);
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Docker-Content-Digest', digest);
  response.setHeader('ETag', `"${digest}"`);
  response.setHeader('Accept-Ranges', 'bytes');
  return response;
}
