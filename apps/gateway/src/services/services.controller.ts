import { Body, Controller, Delete, Get, HttpCode, Post, Put, Query, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import {
  type Accepted,
  type AuthKeys,
  type CommandContext,
  CreateService,
  DeleteService,
  GetService,
  GetServiceAccounting,
  GetServiceKeys,
  KeyType,
  ListServices,
  RegenerateServiceKey,
  type RequestOf,
  type Service,
  type ServiceAccounting,
  ServiceUpdate,
  UpdateService,
} from '#slipway/contracts';
import { CommandClient } from '#slipway/platform';
import { Allow } from '../http/allow.decorator.js';
import { Ctx } from '../http/context.decorator.js';
import { Links } from '../http/links.js';
import { filter, flag, listQuery, onlyVersion, plainText, toPageRequest, wholeNumber } from '../http/list-query.js';
import type { AuthenticatedRequest } from '../http/token.guard.js';
import { Ref, Valid } from '../http/validate.js';
import { StreamsProxy } from '../proxy/streams.proxy.js';

export const servicesQuery = listQuery({
  serviceName: filter,
  modelId: filter,
  modelName: filter,
  manifestId: filter,
  manifestName: filter,
  imageId: filter,
  computeResourceId: filter,
});
export const serviceQuery = onlyVersion.extend({
  environment: filter.describe('Only in this environment; a name or an id'),
  currentEnvironment: filter.describe('In this environment first, else the only service of the name'),
});
export const KeyRegeneration = z.strictObject({ keyType: KeyType });
export const serviceLogQuery = onlyVersion.extend({
  follow: flag,
  /** Only lines of this request. */
  requestId: plainText(128).optional(),
  /** Newest lines to begin with. */
  maxLines: wholeNumber(1, 100_000).optional(),
  /** Only replicas that have ended. */
  previous: flag,
});

@Controller('api/v1/accounts/:account/services')
export class ServicesController {
  constructor(
    private readonly commands: CommandClient,
    private readonly links: Links,
    private readonly streams: StreamsProxy,
  ) {}

  @Post()
  @HttpCode(202)
  @Allow('services:write')
  async create(
    @Body(new Valid(CreateService.request)) body: RequestOf<typeof CreateService>,
    @Ctx() ctx: CommandContext,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Accepted> {
    return this.accepted(await this.commands.send(CreateService, body, ctx), ctx, response);
  }

  @Get()
  @Allow('services:read')
  async list(@Query(new Valid(servicesQuery, 'query')) query: Record<string, unknown>, @Ctx() ctx: CommandContext) {
    const page = await this.commands.send(ListServices, toPageRequest(query), ctx);
    return this.links.page(
      { ...page, value: page.value.map((service) => this.links.service(service)) },
      `/api/v1/accounts/${ctx.account}/services`,
      query,
    );
  }

  @Get(':ref')
  @Allow('services:read')
  async show(
    @Ref() ref: string,
    @Query(new Valid(serviceQuery, 'query')) { environment, currentEnvironment }: z.output<typeof serviceQuery>,
    @Ctx() ctx: CommandContext,
  ): Promise<Service> {
    return this.links.service(await this.commands.send(GetService, { ref, environment, currentEnvironment }, ctx));
  }

  @Put(':ref')
  @HttpCode(202)
  @Allow('services:write')
  async update(
    @Ref() ref: string,
    @Body(new Valid(ServiceUpdate)) update: z.output<typeof ServiceUpdate>,
    @Ctx() ctx: CommandContext,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Accepted> {
    return this.accepted(await this.commands.send(UpdateService, { ref, update }, ctx), ctx, response);
  }

  @Delete(':ref')
  @Allow('services:write')
  async delete(@Ref() ref: string, @Ctx() ctx: CommandContext, @Res({ passthrough: true }) response: Response): Promise<void> {
    const { deleted } = await this.commands.send(DeleteService, { ref }, ctx);
    response.status(deleted ? 200 : 204);
  }

  @Get(':ref/keys')
  @Allow('keys:read')
  keys(@Ref() ref: string, @Ctx() ctx: CommandContext): Promise<AuthKeys> {
    return this.commands.send(GetServiceKeys, { ref }, ctx);
  }

  @Post(':ref/regenerateKeys')
  @HttpCode(200)
  @Allow('keys:write')
  regenerate(
    @Ref() ref: string,
    @Body(new Valid(KeyRegeneration)) body: z.output<typeof KeyRegeneration>,
    @Ctx() ctx: CommandContext,
  ): Promise<AuthKeys> {
    return this.commands.send(RegenerateServiceKey, { ref, keyType: body.keyType }, ctx);
  }

  @Get(':ref/telemetry')
  @Allow('services:read')
  async telemetry(@Ref() ref: string, @Ctx() ctx: CommandContext): Promise<ServiceAccounting> {
    const service = await this.commands.send(GetService, { ref }, ctx);
    return this.commands.send(GetServiceAccounting, { serviceId: service.id }, ctx);
  }

  @Get(':ref/logs')
  @Allow('services:read')
  async logs(
    @Ref() ref: string,
    @Query(new Valid(serviceLogQuery, 'query')) query: z.output<typeof serviceLogQuery>,
    @Ctx() ctx: CommandContext,
    @Req() request: AuthenticatedRequest,
    @Res() response: Response,
  ): Promise<void> {
    const service = await this.commands.send(GetService, { ref }, ctx);
    await this.streams.pass('deployer', `/internal/services/${service.id}/logs`, query, request, response);
  }

  private accepted(accepted: Accepted, ctx: CommandContext, response: Response): Accepted {
    response.setHeader('Operation-Location', this.links.operationLocation(ctx.account, accepted.operationId));
    return accepted;
  }
}
