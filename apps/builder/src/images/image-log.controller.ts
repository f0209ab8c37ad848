import { pipeline } from 'node:stream/promises';
import { Controller, Get, Param, ParseBoolPipe, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Caller, type InternalCaller } from '#slipway/platform';
import { ImageLogService } from './image-log.service.js';

/** The build log, for the gateway. */
@Controller('internal/images')
export class ImageLogController {
  constructor(private readonly log: ImageLogService) {}

  @Get(':id/log')
  async read(
    @Param('id') id: string,
    @Query('follow', new ParseBoolPipe({ optional: true })) follow: boolean | undefined,
    @Caller() caller: InternalCaller,
    @Res() response: Response,
  ): Promise<void> {
    const image = await this.log.find(id, caller);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    response.setHeader('Content-Type', 'text/plain; charset=utf-8').setHeader('Cache-Control', 'no-store');
    // A follower of a build that still waits shall know at once that it is heard.
    response.flushHeaders();
    await pipeline(this.log.read(image, follow ?? false, gone.signal), response).catch(() => response.destroy());
  }
}
