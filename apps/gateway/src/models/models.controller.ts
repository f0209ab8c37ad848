import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { type CommandContext, GetModel, ListModels, type Model, RegisterModel, type RequestOf } from '#slipway/contracts';
import { CommandClient } from '#slipway/platform';
import { Allow } from '../http/allow.decorator.js';
import { Ctx } from '../http/context.decorator.js';
import { Links } from '../http/links.js';
import { filter, listQuery, toPageRequest } from '../http/list-query.js';
import { Ref, Valid } from '../http/validate.js';

export const modelsQuery = listQuery({ name: filter, tag: filter });

@Controller('api/v1/accounts/:account/models')
export class ModelsController {
  constructor(
    private readonly commands: CommandClient,
    private readonly links: Links,
  ) {}

  @Post()
  @HttpCode(200)
  @Allow('models:write')
  register(
    @Body(new Valid(RegisterModel.request)) body: RequestOf<typeof RegisterModel>,
    @Ctx() ctx: CommandContext,
  ): Promise<Model> {
    return this.commands.send(RegisterModel, body, ctx);
  }

  @Get()
  @Allow('models:read')
  async list(@Query(new Valid(modelsQuery, 'query')) query: Record<string, unknown>, @Ctx() ctx: CommandContext) {
    return this.links.page(
      await this.commands.send(ListModels, toPageRequest(query), ctx),
      `/api/v1/accounts/${ctx.account}/models`,
      query,
    );
  }

  @Get(':ref')
  @Allow('models:read')
  show(@Ref() ref: string, @Ctx() ctx: CommandContext): Promise<Model> {
    return this.commands.send(GetModel, { ref }, ctx);
  }
}
