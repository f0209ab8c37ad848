import type { Request, Response } from 'express';
import { Controller, Delete, Get, Param, Patch, Post, Put, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Digest } from '#slipway/oci';
import { Caller, type InternalCaller } from '#slipway/platform';
import { BlobsService } from '../blobs/blobs.service.js';
import { type Chunk, UploadsService } from '../blobs/uploads.service.js';
import { chunkStart } from './http-range.js';
import { OciErrorFilter } from './oci-error.filter.js';
import { Pushes, Repository, RepositoryGuard } from './repository.guard.js';
import { mayPull, requireDigest } from './repository-name.js';

/** An upload that sends nothing for so long is cut; it can go on later. */
const idleMs = 120_000;

@Controller('v2/*name/blobs/uploads')
@UseFilters(OciErrorFilter)
@UseGuards(RepositoryGuard)
export class UploadsController {
  constructor(
    private readonly uploads: UploadsService,
    private readonly blobs: BlobsService,
  ) {}

  @Post()
  @Pushes()
  async begin(
    @Repository() repository: string,
    @Caller() caller: InternalCaller,
    @Query('digest') digestText: string | undefined,
    @Query('mount') mountText: string | undefined,
    @Query('from') from: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (mountText !== undefined && from !== undefined) {
      const digest = requireDigest(mountText);
      if (mayPull(caller, from) && (await this.blobs.mount(from, repository, digest)))
        return created(response, repository, digest);
    }
    const digest = digestText === undefined ? undefined : requireDigest(digestText);
    const id = await this.uploads.begin(repository);
    if (digest === undefined) return progress(response, repository, id, 0);
    await this.uploads.finish(repository, id, digest, chunkOf(request));
    created(response, repository, digest);
  }

  @Patch(':id')
  @Pushes()
  async append(
    @Repository() repository: string,
    @Param('id') id: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    progress(response, repository, id, await this.uploads.append(repository, id, chunkOf(request)));
  }

  @Get(':id')
  @Pushes()
  async received(@Repository() repository: string, @Param('id') id: string, @Res() response: Response): Promise<void> {
    progress(response, repository, id, await this.uploads.received(repository, id), 204);
  }

  @Put(':id')
  @Pushes()
  async finish(
    @Repository() repository: string,
    @Param('id') id: string,
    @Query('digest') digestText: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const digest = requireDigest(digestText);
    await this.uploads.finish(repository, id, digest, chunkOf(request));
    created(response, repository, digest);
  }

  @Delete(':id')
  @Pushes()
  async cancel(@Repository() repository: string, @Param('id') id: string, @Res() response: Response): Promise<void> {
    await this.uploads.cancel(repository, id);
    response.status(204).end();
  }
}

function chunkOf(request: Request): Chunk {
  request.setTimeout(idleMs);
  // What follows the last byte, such as flushing a large file, may take longer.
  request.once('end', () => request.setTimeout(0));
  const header = request.headers['content-length'];
  const length = header === undefined ? undefined : Number(header);
  return { start: chunkStart(request.headers['content-range'], length), length, bytes: request };
}

function progress(response: Response, repository: string, id: string, received: number, status = 202): void {
  response
    .status(status)
    .setHeader('Location', `/v2/${repository}/blobs/uploads/${id}`)
    .setHeader('Docker-Upload-UUID', id)
    .setHeader('Range', `0-${Math.max(0, received - 1)}`)
    .setHeader('Content-Length', 0)
    .end();
}

function created(response: Response, repository: string, digest: Digest): void {
  response
    .status(201)
    .setHeader('Location', `/v2/${repository}/blobs/${digest}`)
    .setHeader('Docker-Content-Digest', digest)
    .setHeader('Content-Length', 0)
    .end();
}
