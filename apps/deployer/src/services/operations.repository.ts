import { Injectable } from '@nestjs/common';
import type { CommandContext, ResourceError } from '#slipway/contracts';
import { Database, type Transaction, uuidv7 } from '#slipway/platform';
import { OperationEntity } from './operation.entity.js';

@Injectable()
export class OperationsRepository {
  constructor(private readonly database: Database) {}

  /** Opens the operation of a service's new generation; what an earlier change still did is over. */
  async open(tx: Transaction, service: { id: string; generation: number }, ctx: CommandContext): Promise<string> {
    await this.endAll(tx, service.id, 'Cancelled', {
      code: 'conflict',
      message: 'a later change of the service took the place of this one',
      details: [],
    });
    return this.insert(tx, service, ctx, 'Running');
  }

  /** An operation that had nothing to do. */
  async record(tx: Transaction, service: { id: string; generation: number }, ctx: CommandContext): Promise<string> {
    return this.insert(tx, service, ctx, 'Succeeded');
  }

  private async insert(
    tx: Transaction,
    service: { id: string; generation: number },
    ctx: CommandContext,
    state: 'Running' | 'Succeeded',
  ): Promise<string> {
    const id = `service-${uuidv7()}`;
    await tx.query(
      `INSERT INTO operation (id, account, kind, service_id, generation, state, actor, correlation_id, ended_at)
       VALUES ($1, $2, 'Service', $3, $4, $5, $6, $7, CASE WHEN $5 = 'Succeeded' THEN now() END)`,
      [id, ctx.account, service.id, service.generation, state, ctx.actor, ctx.correlationId],
    );
    return id;
  }

  /** The change that is going on, if any. */
  async running(tx: Transaction, serviceId: string): Promise<OperationEntity | undefined> {
    return (await tx.findOneBy(OperationEntity, { serviceId, state: 'Running' })) ?? undefined;
  }

  /** The last change, for the cause of what the reconciler finds later. */
  async last(tx: Transaction, serviceId: string): Promise<OperationEntity | undefined> {
    const [row] = await tx.find(OperationEntity, { where: { serviceId }, order: { createdAt: 'DESC', id: 'DESC' }, take: 1 });
    return row;
  }

  async progress(tx: Transaction, id: string, text: string): Promise<void> {
    await tx.query(`UPDATE operation SET progress = $2, progress_at = now() WHERE id = $1 AND state = 'Running'`, [id, text]);
  }

  async end(tx: Transaction, id: string, state: 'Succeeded' | 'Failed', error: ResourceError | null): Promise<void> {
    await tx.query('UPDATE operation SET state = $2, error = $3, progress = NULL, ended_at = now() WHERE id = $1', [
      id,
      state,
      error && JSON.stringify(error),
    ]);
  }

  async endAll(tx: Transaction, serviceId: string, state: 'Cancelled', error: ResourceError): Promise<void> {
    await tx.query(
      `UPDATE operation SET state = $2, error = $3, progress = NULL, ended_at = now() WHERE service_id = $1 AND state = 'Running'`,
      [serviceId, state, JSON.stringify(error)],
    );
  }

  async find(account: string, id: string): Promise<OperationEntity | undefined> {
    return this.database.read(async (manager) => (await manager.findOneBy(OperationEntity, { account, id })) ?? undefined);
  }
}
