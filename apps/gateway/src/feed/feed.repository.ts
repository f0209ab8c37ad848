import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import type { EventEnvelope, FeedEntry } from '#slipway/contracts';
import { Database, type Transaction } from '#slipway/platform';
import { FeedRow } from './feed.entity.js';

@Injectable()
export class FeedRepository {
  constructor(private readonly database: Database) {}

  /** Positions become visible in their order: a writer takes its position under a lock that it holds until its commit. */
  async append(tx: Transaction, account: string, event: EventEnvelope): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock(7312, 1)');
    await tx.query('INSERT INTO feed (account, event_id, event) VALUES ($1, $2, $3) ON CONFLICT (event_id) DO NOTHING', [
      account,
      event.id,
      JSON.stringify(event),
    ]);
  }

  async after(account: string, position: number, limit: number): Promise<FeedEntry[]> {
    const rows = await this.database.read((manager) =>
      manager.find(FeedRow, {
        where: { account, position: MoreThan(String(position)) },
        order: { position: 'ASC' },
        take: limit,
      }),
    );
    return rows.map((row) => ({ position: Number(row.position), account: row.account, event: row.event }));
  }

  /** The newest position of all accounts; 0 in an empty feed. */
  async end(): Promise<number> {
    const [row] = await this.database.read((manager) =>
      manager.query<{ position: string | null }[]>('SELECT max(position) AS position FROM feed'),
    );
    return Number(row?.position ?? 0);
  }
}
