import { Injectable } from '@nestjs/common';
import type { Transaction } from '#slipway/platform';
import type { RevisionEntity } from './revision.entity.js';
import { RevisionsRepository } from './revisions.repository.js';
import type { ServiceEntity } from './service.entity.js';
import { ServicesRepository } from './services.repository.js';

/** The revision that a service shall run, and what becomes of it when another takes its place. */
@Injectable()
export class TargetRevisions {
  constructor(
    private readonly services: ServicesRepository,
    private readonly revisions: RevisionsRepository,
  ) {}

  of(tx: Transaction, service: ServiceEntity): Promise<RevisionEntity> {
    return this.revisions.get(tx, service.targetRevisionId);
  }

  /** A target that never came to serve is over; one that serves goes on until the new one does. */
  async supersede(tx: Transaction, revision: RevisionEntity, service: ServiceEntity): Promise<void> {
    if (revision.id === service.servingRevisionId || revision.status === 'Failed') return;
    await this.revisions.update(tx, revision.id, { status: 'Superseded', expiredAt: await this.services.now(tx) });
  }
}
