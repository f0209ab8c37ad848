import { Controller } from '@nestjs/common';
import {
  type Accepted,
  type AuthKeys,
  type CommandContext,
  CreateService,
  DeleteService,
  type Deployment,
  GetDeployment,
  GetService,
  GetServiceKeys,
  GetServiceOperation,
  ListDeployments,
  ListServices,
  type Operation,
  type Page,
  RegenerateServiceKey,
  type RequestOf,
  type ResponseOf,
  type Service,
  UpdateService,
} from '#slipway/contracts';
import { Handles } from '#slipway/platform';
import { ServiceKeysService } from '../keys/service-keys.service.js';
import { ServiceCreationService } from './service-creation.service.js';
import { ServiceDeletionService } from './service-deletion.service.js';
import { ServiceQueriesService } from './service-queries.service.js';
import { ServiceUpdateService } from './service-update.service.js';

@Controller()
export class ServicesHandler {
  constructor(
    private readonly creation: ServiceCreationService,
    private readonly changes: ServiceUpdateService,
    private readonly deletion: ServiceDeletionService,
    private readonly queries: ServiceQueriesService,
    private readonly keys: ServiceKeysService,
  ) {}

  @Handles(CreateService)
  create(input: RequestOf<typeof CreateService>, ctx: CommandContext): Promise<Accepted> {
    return this.creation.create(input, ctx);
  }

  @Handles(UpdateService)
  update(input: RequestOf<typeof UpdateService>, ctx: CommandContext): Promise<Accepted> {
    return this.changes.update(input, ctx);
  }

  @Handles(DeleteService)
  delete(input: RequestOf<typeof DeleteService>, ctx: CommandContext): Promise<ResponseOf<typeof DeleteService>> {
    return this.deletion.delete(input, ctx);
  }

  @Handles(GetService)
  get(input: RequestOf<typeof GetService>, ctx: CommandContext): Promise<Service> {
    return this.queries.get(input, ctx.account);
  }

  @Handles(ListServices)
  list(input: RequestOf<typeof ListServices>, ctx: CommandContext): Promise<Page<Service>> {
    return this.queries.list(input, ctx.account);
  }

  @Handles(GetServiceKeys)
  getKeys(input: RequestOf<typeof GetServiceKeys>, ctx: CommandContext): Promise<AuthKeys> {
    return this.keys.get(input.ref, ctx.account);
  }

  @Handles(RegenerateServiceKey)
  regenerateKey(input: RequestOf<typeof RegenerateServiceKey>, ctx: CommandContext): Promise<AuthKeys> {
    return this.keys.regenerate(input, ctx);
  }

  @Handles(ListDeployments)
  listDeployments(input: RequestOf<typeof ListDeployments>, ctx: CommandContext): Promise<ResponseOf<typeof ListDeployments>> {
    return this.queries.deployments(input, ctx.account);
  }

  @Handles(GetDeployment)
  getDeployment(input: RequestOf<typeof GetDeployment>, ctx: CommandContext): Promise<Deployment> {
    return this.queries.deployment(input.id, ctx.account);
  }

  @Handles(GetServiceOperation)
  getOperation(input: RequestOf<typeof GetServiceOperation>, ctx: CommandContext): Promise<Operation> {
    return this.queries.operation(input.id, ctx.account);
  }
}
