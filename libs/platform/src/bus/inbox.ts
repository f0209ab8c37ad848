import type { EventEnvelope } from '#slipway/contracts';
import type { Transaction } from '../db/database.js';

/** One effect for each event and consumer, and none of an event older than what was applied to its aggregate. */
export class Inbox {
  constructor(private readonly consumer: string) {}

  /** Notes the event in `tx`; false when it was noted before and must have no effect. */
  async admit(tx: Transaction, event: EventEnvelope): Promise<boolean> {
    const noted: unknown[] = await tx.query(
      'INSERT INTO inbox (consumer, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING event_id',
      [this.consumer, event.id],
    );
    return noted.length > 0;
  }

  /** Notes the aggregate's row version; false when a newer or the same one was applied before. */
  async advance(tx: Transaction, event: EventEnvelope): Promise<boolean> {
    const moved: unknown[] = await tx.query(
      `INSERT INTO applied_sequence AS a (consumer, source, subject, sequence) VALUES ($1, $2, $3, $4)
       ON CONFLICT (consumer, source, subject) DO UPDATE SET sequence = excluded.sequence WHERE a.sequence < excluded.sequence
       RETURNING sequence`,
      [this.consumer, event.source, event.subject, event.sequence],
    );
    return moved.length > 0;
  }
}
