import { Body, Controller, Delete, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import {
  type CommandContext,
  DeleteSecret,
  ListSecrets,
  type RequestOf,
  type ResponseOf,
  SecretName,
  SetSecret,
} from '#slipway/contracts';
import { CommandClient } from '#slipway/platform';
import { Allow } from '../http/allow.decorator.js';
import { Ctx } from '../http/context.decorator.js';
import { Valid } from '../http/validate.js';

/** Names only: no answer holds a value. */
@Controller('api/v1/accounts/:account/secrets')
export class SecretsController {
  constructor(private readonly commands: CommandClient) {}

  @Post()
  @HttpCode(200)
  @Allow('secrets:write')
  set(
    @Body(new Valid(SetSecret.request)) body: RequestOf<typeof SetSecret>,
    @Ctx() ctx: CommandContext,
  ): Promise<ResponseOf<typeof SetSecret>> {
    return this.commands.send(SetSecret, body, ctx);
  }

  @Get()
  @Allow('secrets:read')
  list(@Ctx() ctx: CommandContext): Promise<ResponseOf<typeof ListSecrets>> {
    return this.commands.send(ListSecrets, {}, ctx);
  }

  @Delete(':name')
  @Allow('secrets:write')
  async delete(
    @Param('name', new Valid(SecretName, 'path')) name: string,
    @Ctx() ctx: CommandContext,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const { deleted } = await this.commands.send(DeleteSecret, { name }, ctx);
    response.status(deleted ? 200 : 204);
  }
}
