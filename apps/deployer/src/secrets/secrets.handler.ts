import { Controller } from '@nestjs/common';
import { type CommandContext, DeleteSecret, ListSecrets, type RequestOf, type ResponseOf, SetSecret } from '#slipway/contracts';
import { Handles } from '#slipway/platform';
import { SecretsService } from './secrets.service.js';

@Controller()
export class SecretsHandler {
  constructor(private readonly secrets: SecretsService) {}

  @Handles(SetSecret)
  set(input: RequestOf<typeof SetSecret>, ctx: CommandContext): Promise<ResponseOf<typeof SetSecret>> {
    return this.secrets.set(input, ctx);
  }

  @Handles(ListSecrets)
  list(_input: RequestOf<typeof ListSecrets>, ctx: CommandContext): Promise<ResponseOf<typeof ListSecrets>> {
    return this.secrets.list(ctx.account);
  }

  @Handles(DeleteSecret)
  delete(input: RequestOf<typeof DeleteSecret>, ctx: CommandContext): Promise<ResponseOf<typeof DeleteSecret>> {
    return this.secrets.delete(input, ctx);
  }
}
