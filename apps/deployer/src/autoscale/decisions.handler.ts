import { Controller } from '@nestjs/common';
import { type CommandContext, ListScalingDecisions, type Page, type RequestOf, type ScalingDecision } from '#slipway/contracts';
import { Handles } from '#slipway/platform';
import { DecisionsService } from './decisions.service.js';

@Controller()
export class DecisionsHandler {
  constructor(private readonly decisions: DecisionsService) {}

  @Handles(ListScalingDecisions)
  list(input: RequestOf<typeof ListScalingDecisions>, ctx: CommandContext): Promise<Page<ScalingDecision>> {
    return this.decisions.list(input, ctx.account);
  }
}
