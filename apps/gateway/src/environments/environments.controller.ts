import { Controller, Get, Query } from '@nestjs/common';
import { type CommandContext, type Environment, GetEnvironment, ListEnvironments } from '#slipway/contracts';
import { CommandClient } from '#slipway/platform';
import { Allow } from '../http/allow.decorator.js';
import { Ctx } from '../http/context.decorator.js';
import { Links } from '../http/links.js';
import { listQuery, toPageRequest } from '../http/list-query.js';
import { Ref, Valid } from '../http/validate.js';

export const environmentsQuery = listQuery({});

@Controller('api/v1/accounts/:account/environments')
export class EnvironmentsController {
  constructor(
    private readonly commands: CommandClient,
    private readonly links: Links,
  ) {}

  @Get()
  @Allow('environments:read')
  async list(@Query(new Valid(environmentsQuery, 'query')) query: Record<string, unknown>, @Ctx() ctx: CommandContext) {
    return this.links.page(
      await this.commands.send(ListEnvironments, toPageRequest(query), ctx),
      `/api/v1/accounts/${ctx.account}/environments`,
      query,
    );
  }

  @Get(':ref')
  @Allow('environments:read')
  show(@Ref() ref: string, @Ctx() ctx: CommandContext): Promise<Environment> {
    return this.commands.send(GetEnvironment, { ref }, ctx);
  }
}
