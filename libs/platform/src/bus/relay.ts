import { jetstream, type JetStreamClient, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import pg from 'pg';
import { bus } from '#slipway/contracts';
import { backoff, systemClock } from '../clock.js';
import type { Database } from '../db/database.js';
import { failpoint } from '../failpoints.js';
import type { Log } from '../log.js';
import { outboxChannel } from './outbox.js';

const batchSize = 100;
/** A look without a notification, for one that was missed. */
const pollMs = 1_000;
/** Published rows stay this long, so that a stream that lost its end can be filled again. */
const keepDays = 30;

interface OutboxRow {
  seq: string;
  id: string;
  subject: string;
  event: unknown;
}

/**
 * Publishes a schema's outbox to the stream of events in `seq` order, one relay at a time (a session advisory lock).
 * A row may be published twice, with one message id; it is never left out: when the stream was wiped or went back to
 * an older state, everything after its end is published again.
 */
export class OutboxRelay {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private wake: () => void = () => undefined;
  private readonly log: Log;

  constructor(
    private readonly database: Database,
    private readonly databaseUrl: string,
    private readonly connection: Promise<NatsConnection>,
    log: Log,
  ) {
    this.log = log.for('relay');
  }

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    for (let attempt = 0; !this.stopping.signal.aborted; attempt += 1) {
      try {
        await this.lead(() => {
          attempt = 0;
        });
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.log.warn('the relay stopped and will start again', { attempt }, error);
      }
      await systemClock.sleep(backoff(attempt, 200, 5_000), this.stopping.signal).catch(() => undefined);
    }
  }

  /** Holds the lock on a connection of its own and publishes until something breaks. */
  private async lead(onProgress: () => void): Promise<void> {
    const client = new pg.Client({ connectionString: this.databaseUrl, connectionTimeoutMillis: 5_000, keepAlive: true });
    let lost: Error | undefined;
    client.on('error', (error) => {
      lost = error;
      this.wake();
    });
    client.on('notification', () => this.wake());
    await client.connect();
    try {
      const { rows } = await client.query<{ locked: boolean }>(
        `SELECT pg_try_advisory_lock(7311, hashtext(current_schema())) AS locked`,
      );
      if (!rows[0]?.locked) return;
      await client.query(`LISTEN ${outboxChannel}`);
      const connection = await Promise.race([this.connection, this.stopped()]);
      if (!connection) return;
      const js = jetstream(connection, { timeout: 5_000 });
      await this.catchUpWithStream(await jetstreamManager(connection, { checkAPI: false }));
      let sincePurge = 0;
      while (!this.stopping.signal.aborted) {
        if (lost) throw lost;
        const published = await this.publishBatch(js, await jetstreamManager(connection, { checkAPI: false }));
        onProgress();
        if (published < batchSize) await this.idle();
        if ((sincePurge += 1) % 3_600 === 0) await this.purge();
      }
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** Resolves when the relay is told to stop; the bus may be away for longer. */
  private stopped(): Promise<undefined> {
    const { signal } = this.stopping;
    return new Promise((resolve) => {
      if (signal.aborted) resolve(undefined);
      else signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
  }

  /** Resolves on a notification, or after a while. */
  private idle(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pollMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.stopping.signal.aborted) this.wake();
    });
  }

  /** Returns how many rows it published; each is acknowledged before the next is sent, so order holds. */
  private async publishBatch(js: JetStreamClient, manager: JetStreamManager): Promise<number> {
    const rows: OutboxRow[] = await this.database.manager.query(
      'SELECT seq, id, subject, event FROM outbox WHERE published_at IS NULL ORDER BY seq LIMIT $1',
      [batchSize],
    );
    let highest = 0;
    for (const row of rows) {
      if (this.stopping.signal.aborted) break;
      const ack = await js.publish(row.subject, JSON.stringify(row.event), { msgID: row.id });
      if (!ack.duplicate && ack.seq <= highest) await this.catchUpWithStream(manager);
      highest = Math.max(highest, ack.seq);
      await failpoint('relay.after_publish');
      await this.database.manager.query('UPDATE outbox SET published_at = now(), stream_seq = $2 WHERE seq = $1', [
        row.seq,
        ack.seq,
      ]);
    }
    return rows.length;
  }

  /** Marks as unpublished what the stream no longer has: it was made anew, or restored from an older copy. */
  private async catchUpWithStream(manager: JetStreamManager): Promise<void> {
    const info = await manager.streams.info(bus.eventsStream);
    const [state] = await this.database.manager.query<{ stream_created: string }[]>('SELECT stream_created FROM relay_state');
    const madeAnew = state !== undefined && state.stream_created !== info.created;
    const [, affected] = await this.database.manager.query<[unknown, number]>(
      'UPDATE outbox SET published_at = NULL, stream_seq = NULL WHERE published_at IS NOT NULL AND ($1 OR stream_seq > $2)',
      [madeAnew, info.state.last_seq],
    );
    if (affected > 0) this.log.warn('the stream of events lost messages; publishing them again', { count: affected });
    await this.database.manager.query(
      'INSERT INTO relay_state (stream_created) VALUES ($1) ON CONFLICT (id) DO UPDATE SET stream_created = excluded.stream_created',
      [info.created],
    );
  }

  private async purge(): Promise<void> {
    await this.database.manager.query(`DELETE FROM outbox WHERE published_at < now() - interval '${keepDays} days'`);
    await this.database.manager.query(`DELETE FROM inbox WHERE handled_at < now() - interval '${2 * keepDays} days'`);
    await this.database.manager.query(`DELETE FROM command_log WHERE created_at < now() - interval '24 hours'`);
  }
}
