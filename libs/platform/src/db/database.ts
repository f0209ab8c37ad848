import { DataSource, type EntityManager, type EntitySchema, type MixedList, type QueryRunner } from 'typeorm';
import { backoff, systemClock } from '../clock.js';
import { DomainError } from '../errors.js';
import type { Log } from '../log.js';

/** A running transaction: repositories that write take it first and use nothing else. */
export type Transaction = EntityManager;
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
type Entity = Function | EntitySchema;
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
type Migration = Function;

export interface SchemaDefinition {
  entities: readonly Entity[];
  migrations: readonly Migration[];
}

/** Limits on every connection; the client-side ones also end a query to a peer that is gone without a word. */
const limits = {
  max: 10,
  connectionTimeoutMillis: 5_000,
  query_timeout: 15_000,
  statement_timeout: 14_000,
  lock_timeout: 10_000,
  idle_in_transaction_session_timeout: 20_000,
  keepAlive: true,
};

export function createDataSource(
  url: string,
  schema: SchemaDefinition,
  extra: Record<string, unknown> = {},
  onPoolError?: (error: unknown) => void,
): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    entities: [...schema.entities] as MixedList<Entity>,
    migrations: [...schema.migrations] as MixedList<Migration>,
    synchronize: false,
    migrationsRun: false,
    logging: false,
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    poolErrorHandler: onPoolError ?? ((): void => undefined),
    extra: { ...limits, ...extra },
  });
}

const retriable = new Set(['40001', '40P01']);
const unavailable = new Set([
  '57P01',
  '57P02',
  '57P03',
  '08000',
  '08003',
  '08006',
  '08001',
  '53300',
  '25006',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
]);

/** One service's database: its schema is the role's search path. */
export class Database {
  private constructor(
    private readonly source: DataSource,
    private readonly log: Log,
  ) {}

  static create(url: string, schema: SchemaDefinition, log: Log): Database {
    const own = log.for('database');
    return new Database(
      createDataSource(url, schema, {}, (error) => own.warn('a database connection was lost', {}, error)),
      own,
    );
  }

  /**
   * Connects, waiting for a server that is not there yet, and checks that the schema is the one this code knows.
   * @param limits how long it waits for the server (default 60 s) and for migrations that run now (default 0), milliseconds.
   * @throws Error when the server does not answer in time, or when migrations are missing.
   */
  async open(limits: { waitMs?: number; schemaWaitMs?: number } = {}): Promise<void> {
    const schemaEnd = systemClock.monotonic() + (limits.schemaWaitMs ?? 0);
    const end = Math.max(systemClock.monotonic() + (limits.waitMs ?? 60_000), schemaEnd);
    for (let attempt = 0; ; attempt += 1) {
      try {
        if (!this.source.isInitialized) await this.source.initialize();
        if (!(await this.source.showMigrations())) return;
        if (systemClock.monotonic() >= schemaEnd) break;
        this.log.info('waiting for the migrations of the database', { attempt });
      } catch (error) {
        if (systemClock.monotonic() > end) throw error;
        this.log.warn('the database is not reachable yet', { attempt }, error);
      }
      await systemClock.sleep(backoff(attempt, 200, 3_000));
    }
    await this.source.destroy();
    throw new Error('the database schema is older than this program: run `slipway admin migrate` first');
  }

  async close(): Promise<void> {
    if (this.source.isInitialized) await this.source.destroy();
  }

  /** For reads outside a transaction. */
  get manager(): EntityManager {
    return this.source.manager;
  }

  /** Runs `work` in one transaction; serialisation failures and deadlocks are repeated whole, at most three times. */
  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.source.transaction(work);
      } catch (error) {
        if (attempt < 3 && retriable.has(sqlState(error))) continue;
        throw translate(error);
      }
    }
  }

  /** Runs a read and turns a lost database into `service_unavailable`. */
  async read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await work(this.source.manager);
    } catch (error) {
      throw translate(error);
    }
  }

  async ping(): Promise<void> {
    await this.source.query('SELECT 1');
  }

  /** What waits: events for the bus, messages for a person. */
  async backlog(): Promise<{ pending: number; oldestSeconds: number; deadLetters: number }> {
    const [row] = await this.source.query<{ pending: number; oldestSeconds: number; deadLetters: number }[]>(
      `SELECT count(*)::int AS pending, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS "oldestSeconds",
         (SELECT count(*)::int FROM dead_letter WHERE replayed_at IS NULL) AS "deadLetters"
       FROM outbox WHERE published_at IS NULL`,
    );
    return row!;
  }

  /** A connection of its own outside the pool's turn, for locks and LISTEN; release it. */
  createQueryRunner(): QueryRunner {
    return this.source.createQueryRunner();
  }
}

/** SQLSTATE or socket error code of a failed query, or an empty text. */
export function sqlState(error: unknown): string {
  const driver = (error as { driverError?: { code?: unknown } } | null)?.driverError ?? error;
  const code = (driver as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** Name of the constraint that a failed statement met, or an empty text. */
export function violatedConstraint(error: unknown): string {
  const driver = (error as { driverError?: { constraint?: unknown } } | null)?.driverError ?? error;
  const constraint = (driver as { constraint?: unknown } | null)?.constraint;
  return typeof constraint === 'string' ? constraint : '';
}

function translate(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  const state = sqlState(error);
  const message = error instanceof Error ? error.message : '';
  if (state === '53100')
    return new DomainError('insufficient_storage', 'the database has no disk space left; free some and repeat the request', [], {
      cause: error,
    });
  if (unavailable.has(state) || /timeout|Connection terminated|not connected|Driver not Connected/i.test(message)) {
    return new DomainError('service_unavailable', 'the database is not reachable now; repeat the request in a few seconds', [], {
      cause: error,
    });
  }
  return error;
}
