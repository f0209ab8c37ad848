import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { RouteSnapshot } from '#slipway/contracts';
import { Caller, DomainError, type InternalCaller } from '#slipway/platform';
import { SnapshotService } from './snapshot.service.js';

/** All routes of an environment, for routers that start or have missed something. */
@Controller('internal/snapshot')
export class SnapshotController {
  constructor(private readonly snapshots: SnapshotService) {}

  @Get()
  async get(
    @Caller() caller: InternalCaller,
    @Query('environment') environment: string | undefined,
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RouteSnapshot | undefined> {
    if (caller.account !== undefined) throw new DomainError('forbidden', 'only services of the installation may read its routes');
    const { etag, snapshot } = await this.snapshots.read(environment);
    response.setHeader('ETag', etag);
    response.status(known === etag ? 304 : 200);
    return known === etag ? undefined : snapshot;
  }
}
