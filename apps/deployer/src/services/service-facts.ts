import { Injectable } from '@nestjs/common';
import type { CommandContext, DataOf, EventDefinition } from '#slipway/contracts';
import { History, Outbox, type Transaction } from '#slipway/platform';
import type { ServiceEntity } from './service.entity.js';
import { ServicesRepository } from './services.repository.js';

export type Cause = Pick<CommandContext, 'account' | 'actor' | 'correlationId'>;

/** Writes a locked service back together with what is to be told about it, each fact under a row version of its own. */
@Injectable()
export class ServiceFacts {
  constructor(
    private readonly services: ServicesRepository,
    private readonly outbox: Outbox,
    private readonly history: History,
  ) {}

  /** Tells one event; {@link save} follows when all are told. */
  async tell<E extends EventDefinition>(
    tx: Transaction,
    service: ServiceEntity,
    event: E,
    data: DataOf<E>,
    cause: Cause,
  ): Promise<void> {
    service.rowVersion += 1;
    await this.outbox.append(tx, event, { id: service.id, version: service.rowVersion }, data, cause);
  }

  async save(tx: Transaction, service: ServiceEntity): Promise<void> {
    service.rowVersion += 1;
    await this.services.update(tx, service);
    const { route: _route, ...document } = service;
    await this.history.record(tx, 'service', service.id, service.rowVersion, document);
  }
}

/** The part that every event of a service has. */
export const factOf = ({ id, name, environment }: ServiceEntity): { id: string; name: string; environment: string } => ({
  id,
  name,
  environment,
});
