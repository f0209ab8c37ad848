import { Controller, Get, Head, Headers, Param, Put, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Request, Response } from 'express';
import { mediaTypes } from '#slipway/oci';
import { OciErrorFilter } from './oci-error.filter.js';
import { maxManifestBytes } from './oci-manifest.document.js';
import type { OciManifestRow } from './oci-manifest.entity.js';
import { OciManifestsService } from './oci-manifests.service.js';
import { readAtMost } from './read-at-most.js';
import { Pulls, Pushes, Repository, RepositoryGuard } from './repository.guard.js';
import { parseReference, requireDigest } from './repository-name.js';

@Controller('v2/*name')
@UseFilters(OciErrorFilter)
@UseGuards(RepositoryGuard)
export class OciManifestsController {
  constructor(private readonly manifests: OciManifestsService) {}

  @Head('manifests/:reference')
  @Pulls()
  async head(@Repository() repository: string, @Param('reference') reference: string, @Res() response: Response): Promise<void> {
    describe(response, await this.manifests.get(repository, parseReference(reference))).end();
  }

  @Get('manifests/:reference')
  @Pulls()
  async get(@Repository() repository: string, @Param('reference') reference: string, @Res() response: Response): Promise<void> {
    const manifest = await this.manifests.get(repository, parseReference(reference));
    describe(response, manifest).end(manifest.bytes);
  }

  @Put('manifests/:reference')
  @Pushes()
  async put(
    @Repository() repository: string,
    @Param('reference') text: string,
    @Headers('content-type') contentType: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const reference = parseReference(text);
    const bytes = await readAtMost(request, maxManifestBytes, 'a manifest');
    const { digest, subject } = await this.manifests.put(repository, reference, bytes, contentType);
    response
      .status(201)
      .setHeader('Location', `/v2/${repository}/manifests/${digest}`)
      .setHeader('Docker-Content-Digest', digest);
    if (subject) response.setHeader('OCI-Subject', subject);
    response.setHeader('Content-Length', 0).end();
  }

  @Get('tags/list')
  @Pulls()
  async tags(
    @Repository() repository: string,
    @Query('n') count: string | undefined,
    @Query('last') last: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    const page = await this.manifests.tags(repository, count, last);
    if (page.next) response.setHeader('Link', `</v2/${repository}/tags/list?${page.next}>; rel="next"`);
    response.json({ name: repository, tags: page.tags });
  }

  @Get('referrers/:digest')
  @Pulls()
  async referrers(
    @Repository() repository: string,
    @Param('digest') digest: string,
    @Query('artifactType') artifactType: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    const index = await this.manifests.referrers(repository, requireDigest(digest), artifactType);
    if (artifactType) response.setHeader('OCI-Filters-Applied', 'artifactType');
    response.type(mediaTypes.index).end(JSON.stringify(index));
  }
}

function describe(response: Response, manifest: OciManifestRow): Response {
  return response
    .status(200)
    .setHeader('Content-Type', manifest.mediaType)
    .setHeader('Content-Length', manifest.size)
    .setHeader('Docker-Content-Digest', manifest.digest)
    .setHeader('ETag', `"${manifest.digest}"`);
}
