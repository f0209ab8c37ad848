import {
  type CommandContext,
  type DataOf,
  type EventDefinition,
  EventEnvelope,
  eventSubject,
  type ServiceName,
} from '#slipway/contracts';
import type { Transaction } from '../db/database.js';
import { uuidv7 } from '../ids.js';

export const outboxChannel = 'slipway_outbox';

/** Who caused an event; a command's context fits. */
export type Cause = Pick<CommandContext, 'account' | 'actor' | 'correlationId'> & { causationId?: string };

/** Writes events in the transaction of the fact; the relay publishes them after the commit. */
export class Outbox {
  constructor(private readonly producer: ServiceName) {}

  /**
   * @param aggregate id of the resource, and its row version after the change; its row must be locked by this transaction
   * @throws ZodError when the data does not fit the event's contract, Error when another service produces the event
   */
  async append<E extends EventDefinition>(
    tx: Transaction,
    event: E,
    aggregate: { id: string; version: number },
    data: DataOf<E>,
    cause: Cause,
  ): Promise<void> {
    if (event.producer !== this.producer)
      throw new Error(`${event.type} is produced by ${event.producer}, not by ${this.producer}`);
    const id = uuidv7();
    const [clock] = await tx.query<{ now: Date }[]>('SELECT now()');
    const envelope = EventEnvelope.parse({
      specversion: '1.0',
      id,
      type: event.type,
      source: `/accounts/${cause.account}/${event.producer}`,
      subject: aggregate.id,
      time: clock!.now.toISOString(),
      datacontenttype: 'application/json',
      correlationid: cause.correlationId,
      ...(cause.causationId ? { causationid: cause.causationId } : {}),
      actor: cause.actor,
      sequence: aggregate.version,
      data: event.data.parse(data),
    });
    await tx.query('INSERT INTO outbox (id, subject, event) VALUES ($1, $2, $3)', [
      id,
      eventSubject(event, cause.account),
      JSON.stringify(envelope),
    ]);
    await tx.query(`SELECT pg_notify('${outboxChannel}', current_schema())`);
  }
}
