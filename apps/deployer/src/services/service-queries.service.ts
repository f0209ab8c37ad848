import { Injectable } from '@nestjs/common';
import type {
  Deployment,
  GetService,
  ListDeployments,
  ListServices,
  Operation,
  Page,
  RequestOf,
  ResponseOf,
  Service,
} from '#slipway/contracts';
import { DomainError, readCursor, toPage } from '#slipway/platform';
import { OperationsRepository } from './operations.repository.js';
import { RevisionsRepository } from './revisions.repository.js';
import { ServiceReferences } from './service-references.js';
import { toDeployment, toOperation, toService } from './service.view.js';
import { ServicesRepository } from './services.repository.js';

@Injectable()
export class ServiceQueriesService {
  constructor(
    private readonly services: ServicesRepository,
    private readonly revisions: RevisionsRepository,
    private readonly operations: OperationsRepository,
    private readonly references: ServiceReferences,
  ) {}

  async get({ ref, ...scope }: RequestOf<typeof GetService>, account: string): Promise<Service> {
    return toService(await this.services.rows(await this.references.get(account, ref, undefined, scope)));
  }

  async list(input: RequestOf<typeof ListServices>, account: string): Promise<Page<Service>> {
    const { count, skipToken, ...filter } = input;
    const services = await this.services.page(account, filter, count, readCursor(skipToken));
    const page = toPage(
      services,
      count,
      (service) => ({ createdAt: service.createdAt.toISOString(), id: service.id }),
      (service) => service,
    );
    return { ...page, value: (await this.services.manyRows(page.value)).map(toService) };
  }

  async deployments(input: RequestOf<typeof ListDeployments>, account: string): Promise<ResponseOf<typeof ListDeployments>> {
    const service = input.serviceId === undefined ? undefined : await this.references.get(account, input.serviceId);
    return { value: (await this.revisions.list(account, service?.id)).map(toDeployment) };
  }

  async deployment(id: string, account: string): Promise<Deployment> {
    const revision = await this.revisions.find(account, id);
    if (!revision)
      throw new DomainError('not_found', `there is no deployment '${id}'; see the list of deployments for their ids`);
    return toDeployment(revision);
  }

  async operation(id: string, account: string): Promise<Operation> {
    const operation = await this.operations.find(account, id);
    if (!operation) throw new DomainError('not_found', `there is no operation '${id}'`);
    return toOperation(operation);
  }
}
