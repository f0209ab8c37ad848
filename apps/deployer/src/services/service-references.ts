import { Injectable } from '@nestjs/common';
import { DomainError, isUuid, type Transaction } from '#slipway/platform';
import type { ServiceEntity } from './service.entity.js';
import { ServicesRepository } from './services.repository.js';

/** Environments by id or name: where alone to look, and where first. */
export interface Scope {
  environment?: string | undefined;
  currentEnvironment?: string | undefined;
}

/** Finds services by id, or by name: the one in the current environment, which is the default one unless said, else the only one. */
@Injectable()
export class ServiceReferences {
  constructor(private readonly services: ServicesRepository) {}

  /** @throws DomainError `ambiguous_name` that lists the environments when a name alone says too little. */
  async find(
    account: string | undefined,
    ref: string,
    from?: Transaction,
    { environment, currentEnvironment }: Scope = {},
  ): Promise<ServiceEntity | undefined> {
    const all = await this.services.find(account, isUuid(ref) ? { id: ref.toLowerCase() } : { name: ref }, from);
    const found = environment === undefined ? all : all.filter((service) => isIn(service, environment));
    const preferred =
      found.find((service) => (currentEnvironment === undefined ? service.isDefault : isIn(service, currentEnvironment))) ??
      (found.length === 1 ? found[0] : undefined);
    if (preferred || found.length === 0) return preferred;
    const places = found.map((service) => ({ code: 'candidate', message: `${service.environment}: ${service.id}` }));
    throw new DomainError(
      'ambiguous_name',
      `several environments have a service '${ref}' (${found.map((service) => service.environment).join(', ')}); give its id, or name the environment`,
      places,
    );
  }

  /** @throws DomainError `not_found` too. */
  async get(account: string | undefined, ref: string, from?: Transaction, scope: Scope = {}): Promise<ServiceEntity> {
    const service = await this.find(account, ref, from, scope);
    const where = scope.environment === undefined ? '' : ` in environment '${scope.environment}'`;
    if (!service)
      throw new DomainError('not_found', `there is no service '${ref}'${where}; see the list of services for ids and names`);
    return service;
  }

  /** The service's row, locked for the rest of the transaction, when it still is there. */
  async lock(account: string, ref: string, tx: Transaction): Promise<ServiceEntity | undefined> {
    const found = await this.find(account, ref, tx);
    const locked = found && (await this.services.lock(tx, found.id));
    return locked?.deletedAt ? undefined : locked;
  }
}

const isIn = (service: ServiceEntity, environment: string): boolean =>
  service.environment === environment || service.environmentId === environment.toLowerCase();
