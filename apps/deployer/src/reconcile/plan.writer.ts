import { Injectable } from '@nestjs/common';
import type { ResourceError } from '#slipway/contracts';
import { Database, type Transaction } from '#slipway/platform';
import { routedReplicas } from '../routes/route.record.js';
import { RoutesService } from '../routes/routes.service.js';
import type { ReplicaEntity } from '../services/replica.entity.js';
import { ServiceFacts } from '../services/service-facts.js';
import type { ServiceEntity } from '../services/service.entity.js';
import { ServicesRepository } from '../services/services.repository.js';
import type { Action } from './plan.js';
import { ReplicaWriter } from './replica.writer.js';
import type { Seen } from './seen.js';
import { StatusWriter } from './status.writer.js';
import { type Lease, WorkQueueRepository } from './work-queue.repository.js';

export interface Written {
  service: ServiceEntity;
  /** Rows whose processes are to be started now. */
  starting: ReplicaEntity[];
  forgotten: string[];
}

/** Writes a whole plan in one transaction: either all of it is so, or the service is looked at again. */
@Injectable()
export class PlanWriter {
  constructor(
    private readonly database: Database,
    private readonly services: ServicesRepository,
    private readonly queue: WorkQueueRepository,
    private readonly replicas: ReplicaWriter,
    private readonly status: StatusWriter,
    private readonly routes: RoutesService,
    private readonly facts: ServiceFacts,
  ) {}

  /** Undefined when somebody changed the service since it was looked at. @throws StaleLease */
  async write(
    lease: Lease,
    seen: Seen,
    plan: readonly Action[],
    failure: ResourceError | undefined,
  ): Promise<Written | undefined> {
    return this.database.transaction(async (tx) => {
      const service = await this.services.lock(tx, lease.serviceId);
      await this.queue.hold(tx, lease);
      if (!service || service.rowVersion !== seen.service.rowVersion) return undefined;
      const named = routedReplicas(service.route);
      const written: Written = { service, starting: [], forgotten: [] };
      let changed = false;
      for (const action of plan) changed = (await this.writeOne(tx, action, seen, written, failure)) || changed;
      changed = (await this.routes.refresh(tx, service)) || changed;
      for (const action of plan)
        if (action.do === 'drain')
          await this.replicas.drain(tx, action.replica, named.has(action.replica) ? service.routeVersion : null);
      if (plan.some((action) => action.do === 'finish deletion')) await this.queue.remove(tx, lease);
      if (changed) await this.facts.save(tx, service);
      return written;
    });
  }

  /** Returns whether the service's own row has changed. */
  private async writeOne(
    tx: Transaction,
    action: Action,
    seen: Seen,
    written: Written,
    failure: ResourceError | undefined,
  ): Promise<boolean> {
    switch (action.do) {
      case 'mark ready':
        await this.replicas.markReady(tx, action.replica, seen);
        return false;
      case 'mark unready':
        await this.replicas.markUnready(tx, action.replica);
        return false;
      case 'mark failed':
        await this.replicas.markFailed(tx, action.replica, seen);
        return false;
      case 'forget':
        await this.replicas.forget(tx, action.replica);
        written.forgotten.push(action.replica);
        return false;
      case 'start':
        await this.status.begin(tx, seen.revisions.get(action.revision)!);
        written.starting.push(await this.replicas.insert(tx, action, seen));
        return false;
      case 'stop':
        await this.replicas.markStopping(tx, action.replica);
        return false;
      case 'drain':
        // Out of the route first; its version is written when it is known.
        await this.replicas.drain(tx, action.replica, null);
        return false;
      case 'kill':
        return false;
      case 'switch':
        this.status.switchTo(written.service, action.to);
        return true;
      case 'settle':
        return this.status.settle(tx, written.service, seen);
      case 'give up':
        if (!seen.operation && seen.service.targetRevisionId === seen.service.servingRevisionId) return false;
        await this.status.giveUp(tx, written.service, seen, failure!);
        return true;
      case 'finish deletion':
        await this.status.finishDeletion(tx, written.service);
        return true;
    }
  }
}
