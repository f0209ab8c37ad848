import { Controller } from '@nestjs/common';
import {
  type Accepted,
  CheckEnvironment,
  type CommandContext,
  CreateEnvironment,
  DeleteEnvironment,
  type Environment,
  type EnvironmentCredentials,
  GetEnvironment,
  GetEnvironmentCredentials,
  ListEnvironments,
  ListPythonVersions,
  type Page,
  type RequestOf,
  type ResponseOf,
  UpdateEnvironment,
} from '#slipway/contracts';
import { Handles } from '#slipway/platform';
import { EnvironmentChangesService } from './environment-changes.service.js';
import { EnvironmentsService } from './environments.service.js';

@Controller()
export class EnvironmentsHandler {
  constructor(
    private readonly environments: EnvironmentsService,
    private readonly changes: EnvironmentChangesService,
  ) {}

  @Handles(CreateEnvironment)
  create(input: RequestOf<typeof CreateEnvironment>, ctx: CommandContext): Promise<Accepted> {
    return this.changes.create(input, ctx);
  }

  @Handles(UpdateEnvironment)
  update(input: RequestOf<typeof UpdateEnvironment>, ctx: CommandContext): Promise<Accepted> {
    return this.changes.update(input, ctx);
  }

  @Handles(DeleteEnvironment)
  delete(input: RequestOf<typeof DeleteEnvironment>, ctx: CommandContext): Promise<ResponseOf<typeof DeleteEnvironment>> {
    return this.changes.delete(input, ctx);
  }

  @Handles(GetEnvironmentCredentials)
  credentials(input: RequestOf<typeof GetEnvironmentCredentials>, ctx: CommandContext): Promise<EnvironmentCredentials> {
    return this.environments.credentials(input.ref, ctx.account);
  }

  @Handles(CheckEnvironment)
  check(input: RequestOf<typeof CheckEnvironment>, ctx: CommandContext): Promise<ResponseOf<typeof CheckEnvironment>> {
    return this.environments.check(input.ref, ctx.account);
  }

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
