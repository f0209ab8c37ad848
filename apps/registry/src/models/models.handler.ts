import { Controller } from '@nestjs/common';
import {
  type CommandContext,
  GetModel,
  ListModels,
  type Model,
  type Page,
  RegisterModel,
  type RequestOf,
} from '#slipway/contracts';
import { Handles } from '#slipway/platform';
import { ModelsService } from './models.service.js';

@Controller()
export class ModelsHandler {
  constructor(private readonly models: ModelsService) {}

  @Handles(RegisterModel)
  register(input: RequestOf<typeof RegisterModel>, ctx: CommandContext): Promise<Model> {
    return this.models.register(input, ctx);
  }

  @Handles(GetModel)
  get(input: RequestOf<typeof GetModel>, ctx: CommandContext): Promise<Model> {
    return this.models.get(input.ref, ctx);
  }

  @Handles(ListModels)
  list(input: RequestOf<typeof ListModels>, ctx: CommandContext): Promise<Page<Model>> {
    return this.models.list(input, ctx);
  }
}
