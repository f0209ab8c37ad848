import { Injectable } from '@nestjs/common';
import { Database } from '#slipway/platform';
import { ReplicasRepository, type EndedReplica } from '../services/replicas.repository.js';
import { ScalingRepository } from '../autoscale/scaling.repository.js';
import { ServiceUsersRepository } from '../services/service-users.repository.js';

/** Ended replicas looked at in one sweep. */
const batch = 20_000;

@Injectable()
export class RetentionRepository {
  constructor(
    private readonly database: Database,
    private readonly replicas: ReplicasRepository,
    private readonly users: ServiceUsersRepository,
    private readonly scaling: ScalingRepository,
  ) {}

  /** Replicas whose folders are not all removed yet. */
  ended(): Promise<EndedReplica[]> {
    return this.replicas.ended(batch);
  }

  forgetDecisions(olderThanDays: number): Promise<void> {
    return this.scaling.forget(olderThanDays);
  }

  /** Their folders are gone; user ids that own nothing any more are free again. */
  async close(ids: readonly string[]): Promise<void> {
    await this.database.transaction(async (tx) => {
      if (ids.length > 0) await this.replicas.markSwept(tx, ids);
      await this.users.releaseOfGone(tx);
    });
  }
}
