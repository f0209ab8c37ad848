import { Body, Controller, Delete, Get, HttpCode, Post, Put, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import {
  type Accepted,
  CheckEnvironment,
  type CommandContext,
  CreateEnvironment,
  DeleteEnvironment,
  type Environment,
  type EnvironmentCredentials,
  EnvironmentUpdate,
  GetEnvironment,
  GetEnvironmentCredentials,
  ListEnvironments,
  type RequestOf,
  type ResponseOf,
  UpdateEnvironment,
} from '#slipway/contracts';
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

  @Post()
  @HttpCode(202)
  @Allow('environments:write')
  async create(
    @Body(new Valid(CreateEnvironment.request)) body: RequestOf<typeof CreateEnvironment>,
    @Ctx() ctx: CommandContext,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Accepted> {
    return this.accepted(await this.commands.send(CreateEnvironment, body, ctx), ctx, response);
  }

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

  @Put(':ref')
  @HttpCode(202)
  @Allow('environments:write')
  async update(
    @Ref() ref: string,
    @Body(new Valid(EnvironmentUpdate)) update: z.output<typeof EnvironmentUpdate>,
    @Ctx() ctx: CommandContext,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Accepted> {
    return this.accepted(await this.commands.send(UpdateEnvironment, { ref, update }, ctx), ctx, response);
  }

  @Delete(':ref')
  @Allow('environments:write')
  async delete(
    @Ref() ref: string,
    @Ctx() ctx: CommandContext,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ResponseOf<typeof DeleteEnvironment> | undefined> {
    const answer = await this.commands.send(DeleteEnvironment, { ref }, ctx);
    response.status(answer.deleted ? 202 : 204);
    if (!answer.deleted) return undefined;
    if (answer.operationId !== undefined)
      response.setHeader('Operation-Location', this.links.operationLocation(ctx.account, answer.operationId));
    return answer;
  }

  @Get(':ref/credentials')
  @Allow('environments:credentials')
  credentials(@Ref() ref: string, @Ctx() ctx: CommandContext): Promise<EnvironmentCredentials> {
    return this.commands.send(GetEnvironmentCredentials, { ref }, ctx);
  }

  @Post(':ref/check')
  @HttpCode(200)
  @Allow('environments:read')
  check(@Ref() ref: string, @Ctx() ctx: CommandContext): Promise<ResponseOf<typeof CheckEnvironment>> {
    return this.commands.send(CheckEnvironment, { ref }, ctx);
  }

  private accepted(accepted: Accepted, ctx: CommandContext, response: Response): Accepted {
    response.setHeader('Operation-Location', this.links.operationLocation(ctx.account, accepted.operationId));
    return accepted;
  }
}
