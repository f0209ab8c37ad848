import { Injectable } from '@nestjs/common';
import { ServiceScaled } from '#slipway/contracts';
import { Database, type Transaction, uuidv7 } from '#slipway/platform';
import { ReplicaQuota } from '../services/replica-quota.js';
import { ServiceChanges } from '../services/service-changes.js';
import { factOf } from '../services/service-facts.js';
import { ServicesRepository } from '../services/services.repository.js';
import type { Outcome } from './autoscaler.js';
import { type ScaledRow, ScalingRepository } from './scaling.repository.js';

/** Writes a decision with what it does: number, event, explanation and the reconciler's turn, in one transaction. */
@Injectable()
export class ScalingWriter {
  constructor(
    private readonly database: Database,
    private readonly services: ServicesRepository,
    private readonly scaling: ScalingRepository,
    private readonly quota: ReplicaQuota,
    private readonly changes: ServiceChanges,
  ) {}

  /** Most replicas that the environment leaves to the service. */
  room(row: ScaledRow): number {
    return this.quota.left(row);
  }

  /** False when the service is not what it was when this was decided: then nothing is written. */
  async write(row: ScaledRow, outcome: Outcome): Promise<boolean> {
    const written = await this.database.transaction((tx) => this.writeOne(tx, row, outcome));
    if (written) this.changes.announce();
    return written;
  }

  private async writeOne(tx: Transaction, row: ScaledRow, outcome: Outcome): Promise<boolean> {
    const service = await this.services.lock(tx, row.id);
    if (!service || service.deletedAt) return false;
    if (service.generation !== row.generation || service.scaledReplicas !== row.from) return false;
    const { from, to, reason } = outcome;
    if (to > from && to > (await this.quota.room(tx, service))) return false;
    const id = uuidv7();
    await this.scaling.insert(tx, { id, serviceId: service.id, ...outcome });
    service.scaledReplicas = to;
    const cause = { account: service.account, actor: 'service:deployer', correlationId: id };
    await this.changes.tell(tx, service, ServiceScaled, { ...factOf(service), from, to, reason }, cause);
    await this.changes.commit(tx, service);
    return true;
  }
}
