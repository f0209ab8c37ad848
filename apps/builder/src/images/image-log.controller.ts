import { Readable } from 'node:stream';
import { Controller, Get, Param, ParseBoolPipe, Query, Res, StreamableFile } from '@nestjs/common';
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
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile> {
    const image = await this.log.find(id, caller);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    response.setHeader('Cache-Control', 'no-store');
    return new StreamableFile(Readable.from(this.log.read(image, follow ?? false, gone.signal), { objectMode: false }), {
      type: 'text/plain; charset=utf-8',
    });
  }
}
