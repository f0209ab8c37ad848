import { Injectable } from '@nestjs/common';
import {
  EnvironmentReady,
  type Environment,
  type ListPythonVersions,
  type Page,
  type PageRequest,
  type ResponseOf,
} from '#slipway/contracts';
import { Database, DomainError, History, isUuid, Outbox, readCursor, serviceContext, toPage, uuidv7 } from '#slipway/platform';
import { ProcessTarget } from '../compute/process/process-target.adapter.js';
import type { EnvironmentEntity } from './environment.entity.js';
import { EnvironmentsRepository } from './environments.repository.js';

/** The environment that the first start makes: processes of this machine. */
export const localEnvironment = 'local';
/** The account under which the installation's own facts are told. */
const installationAccount = 'default';

@Injectable()
export class EnvironmentsService {
  constructor(
    private readonly database: Database,
    private readonly environments: EnvironmentsRepository,
    private readonly outbox: Outbox,
    private readonly history: History,
    private readonly processes: ProcessTarget,
  ) {}

  /** Makes the installation's first environment unless there is one. */
  async ensureLocal(nodeId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const environment = {
        id: uuidv7(),
        account: null,
        name: localEnvironment,
        target: 'process' as const,
        isolation: this.processes.isolation,
        isDefault: true,
        provisioningState: 'Succeeded' as const,
        error: null,
        nodeId,
        nodeSeenAt: null,
        config: {},
        credentialsSealed: null,
        rowVersion: 1,
      };
      if (await this.environments.insert(tx, environment)) {
        const { id, name, target } = environment;
        const ctx = serviceContext('deployer', installationAccount);
        await this.outbox.append(tx, EnvironmentReady, { id, version: 1 }, { id, name, target }, ctx);
        await this.history.record(tx, 'environment', id, 1, environment);
        return;
      }
      const existing = await this.environments.lockByName(tx, localEnvironment);
      // The installation may have been moved from root to an ordinary user, or back.
      if (!existing || existing.isolation === this.processes.isolation) return;
      const change = { isolation: this.processes.isolation, rowVersion: existing.rowVersion + 1 };
      await this.environments.update(tx, existing.id, change);
      await this.history.record(tx, 'environment', existing.id, change.rowVersion, { ...existing, ...change });
    });
  }

  async get(ref: string, account: string): Promise<Environment> {
    return toEnvironment(await this.require(ref, account));
  }

  async list(page: PageRequest, account: string): Promise<Page<Environment>> {
    const rows = await this.environments.page(account, page.count, readCursor(page.skipToken));
    return toPage(rows, page.count, (row) => ({ createdAt: row.createdAt.toISOString(), id: row.id }), toEnvironment);
  }

  async pythonVersions(): Promise<ResponseOf<typeof ListPythonVersions>> {
    return { versions: await this.processes.pythonVersions() };
  }

  /** By id or name; the default one without either. @throws DomainError `not_found` naming those that there are. */
  async require(ref: string | undefined, account: string): Promise<EnvironmentEntity> {
    const visible = await this.environments.visible(account);
    const found = visible.find((environment) =>
      ref === undefined ? environment.isDefault : isUuid(ref) ? environment.id === ref.toLowerCase() : environment.name === ref,
    );
    if (found) return found;
    const names = visible.map((environment) => environment.name).join(', ');
    throw new DomainError(
      'not_found',
      `there is no environment '${ref ?? localEnvironment}'; this account can use: ${names || 'none'}`,
    );
  }
}

function toEnvironment(row: EnvironmentEntity): Environment {
  const { id, name, target, provisioningState, isolation, isDefault, error } = row;
  return { id, name, target, provisioningState, isolation, isDefault, createdAt: row.createdAt.toISOString(), error };
}
