import { Injectable } from '@nestjs/common';
import { Database, DomainError, toResourceError } from '#slipway/platform';
import { OperationsRepository } from '../services/operations.repository.js';
import { ServiceFacts } from '../services/service-facts.js';
import { ServicesRepository } from '../services/services.repository.js';
import { type Lease, WorkQueueRepository } from './work-queue.repository.js';

const passing = new Set(['cluster_unreachable', 'cluster_forbidden', 'conflict']);

/** Whether an error of a service says only how its cluster is now. */
export const isPassingTrouble = (error: { code: string } | null): boolean => error !== null && passing.has(error.code);

/** Says at a service, and at the change that waits, that its cluster does not do what it is told. */
@Injectable()
export class ClusterTrouble {
  constructor(
    private readonly database: Database,
    private readonly queue: WorkQueueRepository,
    private readonly services: ServicesRepository,
    private readonly operations: OperationsRepository,
    private readonly facts: ServiceFacts,
  ) {}

  /** Returns after how many milliseconds to try again; undefined for an error that is none of a cluster. @throws StaleLease */
  async write(lease: Lease, error: unknown): Promise<number | undefined> {
    if (!(error instanceof DomainError)) return undefined;
    if (error.code === 'conflict' && error.details.length === 0) return 250;
    if (!passing.has(error.code) && error.code !== 'quota_exceeded' && error.code !== 'rollout_failed') return undefined;
    await this.database.transaction(async (tx) => {
      const service = await this.services.lock(tx, lease.serviceId);
      await this.queue.hold(tx, lease);
      if (!service) return;
      const operation = await this.operations.running(tx, service.id);
      // While nobody can be asked, no time passes for what waits.
      if (operation && error.code === 'cluster_unreachable')
        await this.operations.progress(tx, operation.id, 'waiting for the cluster to answer');
      const says = service.error === null || (isPassingTrouble(service.error) && service.error.code !== error.code);
      if (!says || !passing.has(error.code)) return;
      service.error = toResourceError(error);
      await this.facts.save(tx, service);
    });
    return 3_000 + Math.random() * 2_000;
  }
}
