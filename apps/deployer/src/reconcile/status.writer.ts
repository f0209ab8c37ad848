import { Injectable } from '@nestjs/common';
import { type ResourceError, ServiceDeployed, ServiceFailed, ServiceRolledBack, ServiceUpdated } from '#slipway/contracts';
import type { Transaction } from '#slipway/platform';
import { OperationsRepository } from '../services/operations.repository.js';
import type { RevisionEntity } from '../services/revision.entity.js';
import { RevisionsRepository } from '../services/revisions.repository.js';
import { imageColumns } from '../services/revisions.service.js';
import { type Cause, factOf, ServiceFacts } from '../services/service-facts.js';
import type { ServiceEntity } from '../services/service.entity.js';
import { ServicesRepository } from '../services/services.repository.js';
import { isPassingTrouble } from './cluster-trouble.js';
import type { Seen } from './seen.js';

/** What becomes of a service as a whole: who serves, what was reached, what failed. The caller holds its lock and saves it. */
@Injectable()
export class StatusWriter {
  constructor(
    private readonly services: ServicesRepository,
    private readonly revisions: RevisionsRepository,
    private readonly operations: OperationsRepository,
    private readonly facts: ServiceFacts,
  ) {}

  /** The target takes the route. What it takes it from goes on being `Serving` until every router knows. */
  switchTo(service: ServiceEntity, revisionId: string): void {
    service.servingRevisionId = revisionId;
  }

  /** The first process of a revision is about to start. */
  async begin(tx: Transaction, revision: RevisionEntity): Promise<void> {
    if (revision.status === 'Pending') await this.revisions.update(tx, revision.id, { status: 'Progressing' });
  }

  /** What was asked for is so. Returns whether that is news. */
  async settle(tx: Transaction, service: ServiceEntity, seen: Seen): Promise<boolean> {
    const serving = await this.revisions.get(tx, service.targetRevisionId);
    const isNew = serving.status !== 'Serving';
    const eased = isPassingTrouble(service.error);
    if (!isNew && service.observedGeneration === service.generation && !seen.operation && !eased) return false;
    if (isNew) await this.tellServing(tx, service, serving);
    service.observedGeneration = service.generation;
    service.state = 'Succeeded';
    service.error = null;
    if (seen.operation) await this.operations.end(tx, seen.operation.id, 'Succeeded', null);
    return true;
  }

  private async tellServing(tx: Transaction, service: ServiceEntity, serving: RevisionEntity): Promise<void> {
    const before = await this.revisions.served(tx, service.id);
    const now = await this.services.now(tx);
    if (before) await this.revisions.update(tx, before.id, { status: 'Superseded', expiredAt: now });
    await this.revisions.update(tx, serving.id, { status: 'Serving', error: null });
    const { image, number } = serving;
    const data = {
      ...factOf(service),
      revision: number,
      imageId: image.id,
      imageDigest: image.digest,
      modelIds: image.models.map((model) => model.id),
    };
    const cause = await this.causeOf(tx, service);
    if (before) await this.facts.tell(tx, service, ServiceUpdated, { ...data, from: before.number }, cause);
    else await this.facts.tell(tx, service, ServiceDeployed, data, cause);
  }

  /** The target cannot be had: back to what serves, or failed as a whole. */
  async giveUp(tx: Transaction, service: ServiceEntity, seen: Seen, error: ResourceError): Promise<void> {
    if (seen.operation) await this.operations.end(tx, seen.operation.id, 'Failed', error);
    service.observedGeneration = service.generation;
    service.error = error;
    // Only the number of replicas could not be had: what serves goes on and more replicas are still tried.
    if (service.targetRevisionId === service.servingRevisionId) return;
    const failed = await this.revisions.get(tx, service.targetRevisionId);
    const serving = service.servingRevisionId ? await this.revisions.get(tx, service.servingRevisionId) : undefined;
    await this.revisions.update(tx, failed.id, { status: 'Failed', error, expiredAt: await this.services.now(tx) });
    const cause = await this.causeOf(tx, service);
    const fact = { ...factOf(service), revision: failed.number, stillServing: serving?.number ?? null, error };
    await this.facts.tell(tx, service, ServiceFailed, fact, cause);
    if (!serving) {
      service.state = 'Failed';
      return;
    }
    Object.assign(service, imageColumns(serving.image), { targetRevisionId: serving.id });
    const { number: to } = serving;
    await this.facts.tell(tx, service, ServiceRolledBack, { ...factOf(service), from: failed.number, to, error }, cause);
  }

  async finishDeletion(tx: Transaction, service: ServiceEntity): Promise<void> {
    service.goneAt = await this.services.now(tx);
    await this.revisions.forgetEnv(tx, service.id);
    const served = await this.revisions.served(tx, service.id);
    if (served) await this.revisions.update(tx, served.id, { status: 'Superseded', expiredAt: service.goneAt });
  }

  /** What the reconciler finds was caused by the last change that somebody asked for. */
  private async causeOf(tx: Transaction, service: ServiceEntity): Promise<Cause> {
    const last = await this.operations.last(tx, service.id);
    return {
      account: service.account,
      actor: last?.actor ?? 'service:deployer',
      correlationId: last?.correlationId ?? service.id,
    };
  }
}
