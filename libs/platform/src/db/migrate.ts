import { migrateEnv, readEnv } from '../env.js';
import { createDataSource, type SchemaDefinition } from './database.js';

/** Any number that all migrating processes share. */
const lockKey = 7_311_001;

/**
 * Runs a service's migrations as administrator: the whole of `migrate.js`. Unqualified names resolve to the schema
 * because the connection's search path holds only that.
 */
export async function runMigrations(
  service: string,
  schema: SchemaDefinition,
  url: string = readEnv(migrateEnv).SLIPWAY_ADMIN_DATABASE_URL,
): Promise<string[]> {
  const source = createDataSource(url, schema, {
    options: `-c search_path=${service}`,
    query_timeout: 600_000,
    statement_timeout: 600_000,
    lock_timeout: 60_000,
    max: 3,
  });
  await source.initialize();
  const guard = source.createQueryRunner();
  try {
    await guard.query('SELECT pg_advisory_lock($1)', [lockKey]);
    const done = await source.runMigrations({ transaction: 'each' });
    return done.map((migration) => migration.name);
  } finally {
    await guard.query('SELECT pg_advisory_unlock($1)', [lockKey]).catch(() => undefined);
    await guard.release();
    await source.destroy();
  }
}
