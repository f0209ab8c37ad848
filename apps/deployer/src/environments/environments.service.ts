import { Injectable } from '@nestjs/common';
import {
  type CheckEnvironment,
  EnvironmentReady,
  type Environment,
  type EnvironmentCredentials,
  type ListPythonVersions,
  type Page,
  type PageRequest,
  type ResponseOf,
} from '#slipway/contracts';
import {
  Database,
  DomainError,
  History,
  isUuid,
  Outbox,
  readCursor,
  SealBox,
  serviceContext,
  toPage,
  uuidv7,
} from '#slipway/platform';
import { ProcessTarget } from '../compute/process/process-target.adapter.js';
import { EnvironmentChecks } from './environment-checks.js';
import { openCredentials } from './environment-config.js';
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
    private readonly box: SealBox,
    private readonly checks: EnvironmentChecks,
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
        provisioningErrors: [],
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
    return this.view(await this.require(ref, account));
  }

  async list(page: PageRequest, account: string): Promise<Page<Environment>> {
    const rows = await this.environments.page(account, page.count, readCursor(page.skipToken));
    return toPage(
      rows,
      page.count,
      (row) => ({ createdAt: row.createdAt.toISOString(), id: row.id }),
      (row) => this.view(row),
    );
  }

  async credentials(ref: string, account: string): Promise<EnvironmentCredentials> {
    return openCredentials(this.box, await this.require(ref, account));
  }

  async check(ref: string, account: string): Promise<ResponseOf<typeof CheckEnvironment>> {
    const checks = await this.checks.run(await this.require(ref, account));
    return { ok: checks.every((check) => check.state !== 'failed'), checks };
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

  /** @throws DomainError `conflict` for one that is not there yet, or any more. */
  async requireReady(ref: string | undefined, account: string): Promise<EnvironmentEntity> {
    const environment = await this.require(ref, account);
    const { name, provisioningState, error } = environment;
    if (provisioningState === 'Succeeded' || provisioningState === 'Updating') return environment;
    throw new DomainError(
      'conflict',
      `environment '${name}' takes no services: its state is ${provisioningState}${error ? ` (${error.message})` : ''}; see it with: slipway env show -n ${name}`,
    );
  }

  private view(row: EnvironmentEntity): Environment {
    const { id, name, target, provisioningState, provisioningErrors, isolation, isDefault, config, error } = row;
    const credentialNames = Object.keys(openCredentials(this.box, row)).sort();
    const createdAt = row.createdAt.toISOString();
    return {
      id,
      name,
      target,
      provisioningState,
      provisioningErrors,
      isolation,
      isDefault,
      config,
      credentialNames,
      createdAt,
      error,
    };
  }
}
