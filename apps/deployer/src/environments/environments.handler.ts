import { Controller } from '@nestjs/common';
import {
  type CommandContext,
  type Environment,
  GetEnvironment,
  ListEnvironments,
  ListPythonVersions,
  type Page,
  type RequestOf,
  type ResponseOf,
} from '#slipway/contracts';
import { Handles } from '#slipway/platform';
import { EnvironmentsService } from './environments.service.js';

@Controller()
export class EnvironmentsHandler {
  constructor(private readonly environments: EnvironmentsService) {}

  @Handles(GetEnvironment)
  get(input: RequestOf<typeof GetEnvironment>, ctx: CommandContext): Promise<Environment> {
    return this.environments.get(input.ref, ctx.account);
  }

  @Handles(ListEnvironments)
  list(input: RequestOf<typeof ListEnvironments>, ctx: CommandContext): Promise<Page<Environment>> {
    return this.environments.list(input, ctx.account);
  }

  @Handles(ListPythonVersions)
  pythonVersions(
    _input: RequestOf<typeof ListPythonVersions>,
    _ctx: CommandContext,
  ): Promise<ResponseOf<typeof ListPythonVersions>> {
    return this.environments.pythonVersions();
  }
}
