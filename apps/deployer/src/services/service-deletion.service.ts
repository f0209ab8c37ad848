import { Injectable } from '@nestjs/common';
import { type CommandContext, DeleteService, type RequestOf, type ResponseOf, ServiceDeleted } from '#slipway/contracts';
import { CommandLog } from '#slipway/platform';
import { ServiceKeysRepository } from '../keys/service-keys.repository.js';
import { ServiceChanges } from './service-changes.js';
import { factOf } from './service-facts.js';
import { ServiceReferences } from './service-references.js';
import { ServiceStore } from './service-store.js';

@Injectable()
export class ServiceDeletionService {
  constructor(
    private readonly commandLog: CommandLog,
    private readonly references: ServiceReferences,
    private readonly keys: ServiceKeysRepository,
    private readonly store: ServiceStore,
    private readonly changes: ServiceChanges,
  ) {}

  /** The name is free and the keys are gone at once; the replicas finish what they have first. */
  async delete(input: RequestOf<typeof DeleteService>, ctx: CommandContext): Promise<ResponseOf<typeof DeleteService>> {
    const answer = await this.commandLog.once(DeleteService, input, ctx, async (tx) => {
      const service = await this.references.lock(ctx.account, input.ref, tx);
      if (!service) return { deleted: false };
      await this.keys.removeAll(tx, service.id);
      await this.store.markDeleted(tx, service);
      await this.changes.tell(tx, service, ServiceDeleted, factOf(service), ctx);
      await this.changes.commit(tx, service);
      return { deleted: true };
    });
    this.changes.announce();
    return answer;
  }
}
