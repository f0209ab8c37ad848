import { Injectable } from '@nestjs/common';
import {
  type Accepted,
  type CommandContext,
  CreateEnvironment,
  DeleteEnvironment,
  type EnvironmentCredentials,
  type RequestOf,
  type ResponseOf,
  UpdateEnvironment,
} from '#slipway/contracts';
import { CommandLog, DomainError, SealBox, uuidv7, violatedConstraint } from '#slipway/platform';
import { ProcessTarget } from '../compute/process/process-target.adapter.js';
import { EnvironmentChecks, errorsOf } from './environment-checks.js';
import { checkCredentials, configOf, openCredentials, sealCredentials } from './environment-config.js';
import { EnvironmentFacts } from './environment-facts.js';
import { EnvironmentQueueRepository } from './environment-queue.repository.js';
import type { EnvironmentEntity } from './environment.entity.js';
import { EnvironmentsRepository } from './environments.repository.js';

/** Environments that people set up, change and take down; the work itself is queued. */
@Injectable()
export class EnvironmentChangesService {
  constructor(
    private readonly commandLog: CommandLog,
    private readonly environments: EnvironmentsRepository,
    private readonly queue: EnvironmentQueueRepository,
    private readonly facts: EnvironmentFacts,
    private readonly checks: EnvironmentChecks,
    private readonly box: SealBox,
    private readonly processes: ProcessTarget,
  ) {}

  async create(input: RequestOf<typeof CreateEnvironment>, ctx: CommandContext): Promise<Accepted> {
    const credentials = input.credentials ?? {};
    const config = configOf(input.target, input);
    checkCredentials(input.target, credentials);
    const id = uuidv7();
    try {
      return await this.commandLog.once(CreateEnvironment, this.forLog(input), ctx, async (tx) => {
        const environment = {
          id,
          account: ctx.account,
          name: input.name,
          target: input.target,
          isolation: input.target === 'process' ? this.processes.isolation : ('container' as const),
          isDefault: false,
          provisioningState: 'Creating' as const,
          provisioningErrors: [],
          error: null,
          nodeId: null,
          nodeSeenAt: null,
          config,
          credentialsSealed: sealCredentials(this.box, id, credentials),
          rowVersion: 1,
        };
        await this.environments.insertNew(tx, environment);
        await this.facts.record(tx, environment);
        await this.queue.enqueue(tx, id);
        return { operationId: await this.facts.openOperation(tx, id, ctx), resourceId: id };
      });
    } catch (error) {
      if (violatedConstraint(error) !== 'environment_name') throw error;
      throw new DomainError(
        'name_taken',
        `an environment '${input.name}' is already there in this installation; choose another name, or update that one`,
      );
    }
  }

  async update(input: RequestOf<typeof UpdateEnvironment>, ctx: CommandContext): Promise<Accepted> {
    const logged = { ref: input.ref, update: this.forLog(input.update) };
    const first = await this.commandLog.recall(UpdateEnvironment, logged, ctx);
    if (first) return first;
    const before = await this.own(input.ref, ctx.account);
    if (!before) throw new DomainError('not_found', `there is no environment '${input.ref}' of this account`);
    const change = this.changed(before, input.update);
    await this.tryFirst({ ...before, ...change });
    return this.commandLog.once(UpdateEnvironment, logged, ctx, async (tx) => {
      const environment = await this.environments.lock(tx, before.id);
      if (environment?.rowVersion !== before.rowVersion || environment.provisioningState === 'Deleting')
        throw new DomainError('conflict', `environment '${before.name}' was changed at the same time; repeat the command`);
      const creating = environment.provisioningState === 'Creating';
      await this.facts.change(tx, environment, { ...change, provisioningState: creating ? 'Creating' : 'Updating' });
      await this.queue.enqueue(tx, environment.id);
      return { operationId: await this.facts.openOperation(tx, environment.id, ctx), resourceId: environment.id };
    });
  }

  async delete(input: RequestOf<typeof DeleteEnvironment>, ctx: CommandContext): Promise<ResponseOf<typeof DeleteEnvironment>> {
    return this.commandLog.once(DeleteEnvironment, input, ctx, async (tx) => {
      const found = await this.own(input.ref, ctx.account);
      const environment = found && (await this.environments.lock(tx, found.id));
      if (!environment || environment.provisioningState === 'Deleting') return { deleted: false };
      const services = await this.environments.serviceNames(tx, environment.id);
      if (services.length > 0)
        throw new DomainError(
          'conflict',
          `environment '${environment.name}' has ${services.length} services (${services.slice(0, 20).join(', ')}); delete them first`,
          services.slice(0, 100).map((message) => ({ code: 'service', message })),
        );
      await this.facts.change(tx, environment, { provisioningState: 'Deleting', error: null });
      await this.queue.enqueue(tx, environment.id);
      return { deleted: true, operationId: await this.facts.openOperation(tx, environment.id, ctx) };
    });
  }

  /** @throws DomainError `conflict` for the installation's own, which stay. */
  private async own(ref: string, account: string): Promise<EnvironmentEntity | undefined> {
    const found = await this.environments.visibleByRef(account, ref);
    if (found && found.account === null)
      throw new DomainError('conflict', `environment '${found.name}' is the installation's own and stays as it is`);
    return found;
  }

  private changed(
    before: EnvironmentEntity,
    update: RequestOf<typeof UpdateEnvironment>['update'],
  ): Pick<EnvironmentEntity, 'config' | 'credentialsSealed'> {
    const credentials = { ...openCredentials(this.box, before), ...update.credentials };
    checkCredentials(before.target, credentials);
    return {
      config: configOf(before.target, update, before.config),
      credentialsSealed: sealCredentials(this.box, before.id, credentials),
    };
  }

  /** What serves there goes on with the old settings when the new ones do not work. */
  private async tryFirst(environment: EnvironmentEntity): Promise<void> {
    const [first, ...others] = errorsOf(await this.checks.run(environment));
    if (!first) return;
    throw new DomainError(
      'unprocessable',
      `the new settings of environment '${environment.name}' do not work, and nothing was changed: ${first.message}`,
      [first, ...others].map(({ code, message }) => ({ code, message })),
    );
  }

  /** The command log keeps a hash of a request: it must not be one of something secret. */
  private forLog<T extends { credentials?: EnvironmentCredentials | undefined }>(request: T): T {
    const { credentials: _secret, ...rest } = request;
    return rest as T;
  }
}
