import { Controller, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import {
  type CommandContext,
  type Deployment,
  GetDeployment,
  GetImageOperation,
  GetServiceOperation,
  Id,
  ListDeployments,
  type Operation,
  OperationId,
} from '#slipway/contracts';
import { CommandClient, DomainError } from '#slipway/platform';
import { Allow } from '../http/allow.decorator.js';
import { Ctx } from '../http/context.decorator.js';
import { Links } from '../http/links.js';
import { filter, onlyVersion } from '../http/list-query.js';
import { Valid } from '../http/validate.js';

export const deploymentsQuery = onlyVersion.extend({ serviceId: filter });

@Controller('api/v1/accounts/:account')
export class OperationsController {
  constructor(
    private readonly commands: CommandClient,
    private readonly links: Links,
  ) {}

  /** The kind in the id says which service answers. */
  @Get('operations/:id')
  @Allow('services:read')
  async operation(@Param('id') id: string, @Ctx() ctx: CommandContext): Promise<Operation> {
    if (!OperationId.safeParse(id).success) throw new DomainError('not_found', `there is no operation '${id.slice(0, 80)}'`);
    return this.links.operation(
      await (id.startsWith('image-')
        ? this.commands.send(GetImageOperation, { id }, ctx)
        : this.commands.send(GetServiceOperation, { id }, ctx)),
    );
  }

  @Get('deployments')
  @Allow('services:read')
  deployments(
    @Query(new Valid(deploymentsQuery, 'query')) query: z.output<typeof deploymentsQuery>,
    @Ctx() ctx: CommandContext,
  ): Promise<{ value: Deployment[] }> {
    return this.commands.send(ListDeployments, query.serviceId === undefined ? {} : { serviceId: query.serviceId }, ctx);
  }

  @Get('deployments/:id')
  @Allow('services:read')
  deployment(@Param('id', new Valid(Id, 'path')) id: string, @Ctx() ctx: CommandContext): Promise<Deployment> {
    return this.commands.send(GetDeployment, { id }, ctx);
  }
}
