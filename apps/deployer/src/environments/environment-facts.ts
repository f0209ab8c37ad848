import { Injectable } from '@nestjs/common';
import type { CommandContext, DataOf, EventDefinition, Operation, ResourceError } from '#slipway/contracts';
import { History, Outbox, type Transaction, uuidv7 } from '#slipway/platform';
import type { EnvironmentEntity } from './environment.entity.js';
import { EnvironmentsRepository } from './environments.repository.js';

type Cause = Pick<CommandContext, 'account' | 'actor' | 'correlationId'>;

/** Writes what becomes of a locked environment: its row, its history, its operation, and what is told about it. */
@Injectable()
export class EnvironmentFacts {
  constructor(
    private readonly environments: EnvironmentsRepository,
    private readonly outbox: Outbox,
    private readonly history: History,
  ) {}

  async change(tx: Transaction, environment: EnvironmentEntity, change: Partial<EnvironmentEntity>): Promise<EnvironmentEntity> {
    const next = { ...environment, ...change, rowVersion: environment.rowVersion + 1 };
    await this.environments.update(tx, environment.id, { ...change, rowVersion: next.rowVersion });
    await this.record(tx, next);
    return next;
  }

  async record(
    tx: Transaction,
    { credentialsSealed: _secret, ...document }: Omit<EnvironmentEntity, 'createdAt'>,
  ): Promise<void> {
    await this.history.record(tx, 'environment', document.id, document.rowVersion, document);
  }

  tell<E extends EventDefinition>(
    tx: Transaction,
    environment: EnvironmentEntity,
    event: E,
    data: DataOf<E>,
    cause: Cause,
  ): Promise<void> {
    return this.outbox.append(tx, event, { id: environment.id, version: environment.rowVersion }, data, cause);
  }

  /** A change that goes on; what an earlier one still did is over. */
  async openOperation(tx: Transaction, environmentId: string, ctx: CommandContext): Promise<string> {
    await this.endOperation(tx, environmentId, 'Cancelled', {
      code: 'conflict',
      message: 'a later change of the environment took the place of this one',
      details: [],
    });
    const id = `environment-${uuidv7()}`;
    await tx.query(
      `INSERT INTO operation (id, account, kind, environment_id, generation, state, actor, correlation_id)
       VALUES ($1, $2, 'Environment', $3, 1, 'Running', $4, $5)`,
      [id, ctx.account, environmentId, ctx.actor, ctx.correlationId],
    );
    return id;
  }

  async endOperation(
    tx: Transaction,
    environmentId: string,
    state: Operation['state'],
    error: ResourceError | null,
  ): Promise<void> {
    await tx.query(
      `UPDATE operation SET state = $2, error = $3, progress = NULL, ended_at = now() WHERE environment_id = $1 AND state = 'Running'`,
      [environmentId, state, error && JSON.stringify(error)],
    );
  }

  async progress(environmentId: string, text: string, tx: Transaction): Promise<void> {
    await tx.query(`UPDATE operation SET progress = $2, progress_at = now() WHERE environment_id = $1 AND state = 'Running'`, [
      environmentId,
      text,
    ]);
  }

  /** Who asked for what is going on with an environment. */
  async cause(tx: Transaction, environment: EnvironmentEntity): Promise<Cause> {
    const [row] = await tx.query<{ account: string; actor: string; correlation_id: string }[]>(
      'SELECT account, actor, correlation_id FROM operation WHERE environment_id = $1 ORDER BY created_at DESC LIMIT 1',
      [environment.id],
    );
    return {
      account: row?.account ?? environment.account ?? 'default',
      actor: row?.actor ?? 'service:deployer',
      correlationId: row?.correlation_id ?? environment.id,
    };
  }
}
