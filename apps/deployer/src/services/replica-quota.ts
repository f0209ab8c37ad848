import { Inject, Injectable } from '@nestjs/common';
import type { Service } from '#slipway/contracts';
import { DomainError, type Transaction } from '#slipway/platform';
import { type DeployerEnv, ENV } from '../env.js';
import { checkResources, roomOf } from './resource-quota.js';
import { RevisionsRepository } from './revisions.repository.js';
import { replicasOf, type ServiceEntity } from './service.entity.js';
import { ServicesRepository } from './services.repository.js';

/** Keeps what one environment is asked for within what it may hold. */
@Injectable()
export class ReplicaQuota {
  constructor(
    private readonly services: ServicesRepository,
    private readonly revisions: RevisionsRepository,
    @Inject(ENV) private readonly env: DeployerEnv,
  ) {}

  /** Most replicas that the environment leaves to one of its services. */
  async room(from: Transaction, service: Pick<ServiceEntity, 'id' | 'environmentId' | 'targetRevisionId'>): Promise<number> {
    const places = this.left(await this.services.replicasAskedFor(from, service.environmentId, service.id));
    const { quotas, others } = await this.services.demands(from, service.environmentId, service.id);
    const { settings } = await this.revisions.get(from, service.targetRevisionId);
    return Math.min(places, roomOf(quotas, settings.containerResourceReservation, others));
  }

  /** What is left of an environment's own quota, or of the installation's. */
  left({ others, quota }: { others: number; quota: number | null }): number {
    return Math.max(0, (quota ?? this.env.SLIPWAY_MAX_REPLICAS) - others);
  }

  /**
   * @param reservation of the revision that shall run.
   * @throws DomainError `quota_exceeded` when the service's replicas and those of all others are too many, or need too much.
   */
  async check(tx: Transaction, service: ServiceEntity, reservation: Service['containerResourceReservation']): Promise<void> {
    const asked = replicasOf(service);
    const { others, quota } = await this.services.replicasAskedFor(tx, service.environmentId, service.id);
    const limit = quota ?? this.env.SLIPWAY_MAX_REPLICAS;
    if (asked + others > limit)
      throw new DomainError(
        'quota_exceeded',
        `numReplicas ${asked} is too many: environment '${service.environment}' holds ${limit} replicas and others ask for ${others}; give at most ${Math.max(0, limit - others)}`,
      );
    const demands = await this.services.demands(tx, service.environmentId, service.id);
    checkResources(service.environment, demands.quotas, { replicas: asked, reservation }, demands.others);
  }
}
