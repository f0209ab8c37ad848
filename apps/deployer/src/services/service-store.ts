import { Injectable } from '@nestjs/common';
import type { CommandContext } from '#slipway/contracts';
import { DomainError, type Transaction } from '#slipway/platform';
import { ComputeTargets } from '../compute/compute-targets.js';
import { OperationsRepository } from './operations.repository.js';
import { ServiceUsersRepository } from './service-users.repository.js';
import type { ServiceEntity } from './service.entity.js';
import { ServicesRepository } from './services.repository.js';

/** A service's own row with the rows that come and go with it: its user and its operations. */
@Injectable()
export class ServiceStore {
  constructor(
    private readonly services: ServicesRepository,
    private readonly users: ServiceUsersRepository,
    private readonly operations: OperationsRepository,
    private readonly targets: ComputeTargets,
  ) {}

  async insert(tx: Transaction, row: Omit<ServiceEntity, 'createdAt' | 'updatedAt'>): Promise<ServiceEntity> {
    const now = await this.services.now(tx);
    const service: ServiceEntity = { ...row, createdAt: now, updatedAt: now };
    await this.services.insert(tx, service);
    const target = await this.targets.of(service.environmentId);
    const taken = await target.takenUserIds();
    if (taken && (await this.users.allocate(tx, service.id, taken)) === undefined)
      throw new DomainError('quota_exceeded', 'no user id is left for another service; delete services that are not needed');
    return service;
  }

  /** The next generation of a locked service, and its operation; a change still going on is over. */
  async nextGeneration(tx: Transaction, service: ServiceEntity, ctx: CommandContext): Promise<string> {
    service.generation += 1;
    service.updatedAt = await this.services.now(tx);
    return this.openOperation(tx, service, ctx);
  }

  openOperation(tx: Transaction, service: ServiceEntity, ctx: CommandContext): Promise<string> {
    return this.operations.open(tx, service, ctx);
  }

  /** The operation of a request that changed nothing. */
  nothingToDo(tx: Transaction, service: ServiceEntity, ctx: CommandContext): Promise<string> {
    return this.operations.record(tx, service, ctx);
  }

  async markDeleted(tx: Transaction, service: ServiceEntity): Promise<void> {
    service.deletedAt = await this.services.now(tx);
    service.updatedAt = service.deletedAt;
    service.generation += 1;
    await this.operations.endAll(tx, service.id, 'Cancelled', {
      code: 'conflict',
      message: 'the service was deleted',
      details: [],
    });
  }
}
