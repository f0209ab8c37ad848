import { Injectable } from '@nestjs/common';
import type { DataOf, EventDefinition } from '#slipway/contracts';
import type { Transaction } from '#slipway/platform';
import { Wake } from '../reconcile/wake.js';
import { WorkQueueRepository } from '../reconcile/work-queue.repository.js';
import { RoutesService } from '../routes/routes.service.js';
import { type Cause, ServiceFacts } from './service-facts.js';
import type { ServiceEntity } from './service.entity.js';

/** A person's change of a locked service: what it says, its route, and the reconciler's turn, in one transaction. */
@Injectable()
export class ServiceChanges {
  constructor(
    private readonly facts: ServiceFacts,
    private readonly routes: RoutesService,
    private readonly queue: WorkQueueRepository,
    private readonly wake: Wake,
  ) {}

  tell<E extends EventDefinition>(
    tx: Transaction,
    service: ServiceEntity,
    event: E,
    data: DataOf<E>,
    cause: Cause,
  ): Promise<void> {
    return this.facts.tell(tx, service, event, data, cause);
  }

  async commit(tx: Transaction, service: ServiceEntity): Promise<void> {
    await this.routes.refresh(tx, service);
    await this.facts.save(tx, service);
    await this.queue.enqueue(tx, service.id, service.environmentId);
  }

  /** After the commit. */
  announce(): void {
    this.wake.now();
  }
}
