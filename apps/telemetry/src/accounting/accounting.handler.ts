import { Controller } from '@nestjs/common';
import { GetServiceAccounting, type CommandContext, type RequestOf, type ServiceAccounting } from '#slipway/contracts';
import { Handles } from '#slipway/platform';
import { AccountingService } from './accounting.service.js';

@Controller()
export class AccountingHandler {
  constructor(private readonly accounting: AccountingService) {}

  @Handles(GetServiceAccounting)
  async of(input: RequestOf<typeof GetServiceAccounting>, _ctx: CommandContext): Promise<ServiceAccounting> {
    return this.accounting.of(input.serviceId);
  }
}
