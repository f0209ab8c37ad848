import { Inject, Injectable } from '@nestjs/common';
import { DomainError, type Transaction } from '#slipway/platform';
import { type DeployerEnv, ENV } from '../env.js';
import { replicasOf, type ServiceEntity } from './service.entity.js';
import { ServicesRepository } from './services.repository.js';

/** Keeps what one environment is asked for within what it may hold. */
@Injectable()
export class ReplicaQuota {
  constructor(
    private readonly services: ServicesRepository,
    @Inject(ENV) private readonly env: DeployerEnv,
  ) {}

  /** Most replicas that the environment leaves to one of its services. */
  async room(from: Transaction, service: Pick<ServiceEntity, 'id' | 'environmentId'>): Promise<number> {
    return this.left(await this.services.replicasAskedFor(from, service.environmentId, service.id));
  }

  /** What is left of an environment's own quota, or of the installation's. */
  left({ others, quota }: { others: number; quota: number | null }): number {
    return Math.max(0, (quota ?? this.env.SLIPWAY_MAX_REPLICAS) - others);
  }

  /** @throws DomainError `quota_exceeded` when the service's replicas and those of all others are too many. */
  async check(tx: Transaction, service: ServiceEntity): Promise<void> {
    const asked = replicasOf(service);
    const { others, quota } = await this.services.replicasAskedFor(tx, service.environmentId, service.id);
    const limit = quota ?? this.env.SLIPWAY_MAX_REPLICAS;
    if (asked + others > limit)
      throw new DomainError(
        'quota_exceeded',
        `numReplicas ${asked} is too many: environment '${service.environment}' holds ${limit} replicas and others ask for ${others}; give at most ${Math.max(0, limit - others)}`,
      );
  }
}
