import type { JsMsg } from '@nats-io/jetstream';
import type { Database } from '../db/database.js';
import { DomainError } from '../errors.js';
import type { Log } from '../log.js';

export interface DeadLetter {
  id: string;
  consumer: string;
  subject: string;
  error: string;
  deliveries: number;
  createdAt: Date;
  replayedAt: Date | null;
}

/** Where messages that cannot be handled wait for a person; nothing is dropped. */
export class DeadLetters {
  private readonly log: Log;

  constructor(
    private readonly database: Database,
    log: Log,
  ) {
    this.log = log.for('dead-letters');
  }

  async park(consumer: string, message: JsMsg, error: unknown): Promise<void> {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    await this.database.manager.query(
      `INSERT INTO dead_letter (consumer, stream_seq, subject, payload, error, deliveries) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (consumer, stream_seq) DO UPDATE SET error = excluded.error, deliveries = excluded.deliveries, replayed_at = NULL`,
      [consumer, message.seq, message.subject, Buffer.from(message.data), text.slice(0, 4_000), message.info.deliveryCount],
    );
    this.log.error('a message was parked as a dead letter', {
      consumer,
      subject: message.subject,
      seq: message.seq,
      reason: text.slice(0, 300),
    });
  }

  async list(limit = 100): Promise<DeadLetter[]> {
    return this.database.manager.query(
      `SELECT id, consumer, subject, error, deliveries, created_at AS "createdAt", replayed_at AS "replayedAt" FROM dead_letter ORDER BY created_at DESC LIMIT $1`,
      [limit],
    );
  }

  /**
   * Hands the kept message to `deliver` again and notes it; the inbox still lets each event have one effect.
   * @throws DomainError `not_found`; whatever `deliver` throws, and then the letter stays as it was.
   */
  async replay(id: string, deliver: (payload: Buffer) => Promise<void>): Promise<void> {
    const [row] = await this.database.manager.query<{ payload: Buffer }[]>('SELECT payload FROM dead_letter WHERE id = $1', [id]);
    if (!row) throw new DomainError('not_found', `there is no dead letter '${id}'; list them to see the ids`);
    await deliver(row.payload);
    await this.database.manager.query('UPDATE dead_letter SET replayed_at = now() WHERE id = $1', [id]);
  }
}
