import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import {
  type Accepted,
  type CommandContext,
  CreateImage,
  GetImage,
  type Image,
  ListImages,
  type RequestOf,
} from '#slipway/contracts';
import { CommandClient } from '#slipway/platform';
import { Allow } from '../http/allow.decorator.js';
import { Ctx } from '../http/context.decorator.js';
import { Links } from '../http/links.js';
import { filter, flag, listQuery, onlyVersion, toPageRequest } from '../http/list-query.js';
import type { AuthenticatedRequest } from '../http/token.guard.js';
import { Ref, Valid } from '../http/validate.js';
import { StreamsProxy } from '../proxy/streams.proxy.js';

export const imagesQuery = listQuery({ imageName: filter, manifestId: filter, manifestName: filter });
export const imageLogQuery = onlyVersion.extend({ follow: flag });

@Controller('api/v1/accounts/:account/images')
export class ImagesController {
  constructor(
    private readonly commands: CommandClient,
    private readonly links: Links,
    private readonly streams: StreamsProxy,
  ) {}

  @Post()
  @HttpCode(202)
  @Allow('images:write')
  async create(
    @Body(new Valid(CreateImage.request)) body: RequestOf<typeof CreateImage>,
    @Ctx() ctx: CommandContext,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Accepted> {
    const accepted = await this.commands.send(CreateImage, body, ctx);
    response.setHeader('Operation-Location', this.links.operationLocation(ctx.account, accepted.operationId));
    return accepted;
  }

  @Get()
  @Allow('images:read')
  async list(@Query(new Valid(imagesQuery, 'query')) query: Record<string, unknown>, @Ctx() ctx: CommandContext) {
    const page = await this.commands.send(ListImages, toPageRequest(query), ctx);
    return this.links.page(
      { ...page, value: page.value.map((image) => this.links.image(image)) },
      `/api/v1/accounts/${ctx.account}/images`,
      query,
    );
  }

  @Get(':ref')
  @Allow('images:read')
  async show(@Ref() ref: string, @Ctx() ctx: CommandContext): Promise<Image> {
    return this.links.image(await this.commands.send(GetImage, { ref }, ctx));
  }

  @Get(':ref/log')
  @Allow('images:read')
  async log(
    @Ref() ref: string,
    @Query(new Valid(imageLogQuery, 'query')) query: z.output<typeof imageLogQuery>,
    @Ctx() ctx: CommandContext,
    @Req() request: AuthenticatedRequest,
    @Res() response: Response,
  ): Promise<void> {
    const image = await this.commands.send(GetImage, { ref }, ctx);
    await this.streams.pass('builder', `/internal/images/${image.id}/log`, query, request, response);
  }
}
