import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import {
  type CommandContext,
  CreateManifest,
  GetManifest,
  ListManifests,
  type Manifest,
  type RequestOf,
} from '#slipway/contracts';
import { CommandClient } from '#slipway/platform';
import { Allow } from '../http/allow.decorator.js';
import { Ctx } from '../http/context.decorator.js';
import { Links } from '../http/links.js';
import { filter, listQuery, toPageRequest } from '../http/list-query.js';
import { Ref, Valid } from '../http/validate.js';

export const manifestsQuery = listQuery({ modelId: filter, manifestName: filter });

@Controller('api/v1/accounts/:account/manifests')
export class ManifestsController {
  constructor(
    private readonly commands: CommandClient,
    private readonly links: Links,
  ) {}

  @Post()
  @HttpCode(200)
  @Allow('manifests:write')
  create(
    @Body(new Valid(CreateManifest.request)) body: RequestOf<typeof CreateManifest>,
    @Ctx() ctx: CommandContext,
  ): Promise<Manifest> {
    return this.commands.send(CreateManifest, body, ctx);
  }

  @Get()
  @Allow('manifests:read')
  async list(@Query(new Valid(manifestsQuery, 'query')) query: Record<string, unknown>, @Ctx() ctx: CommandContext) {
    return this.links.page(
      await this.commands.send(ListManifests, toPageRequest(query), ctx),
      `/api/v1/accounts/${ctx.account}/manifests`,
      query,
    );
  }

  @Get(':ref')
  @Allow('manifests:read')
  show(@Ref() ref: string, @Ctx() ctx: CommandContext): Promise<Manifest> {
    return this.commands.send(GetManifest, { ref }, ctx);
  }
}
