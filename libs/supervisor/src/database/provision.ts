import pg from 'pg';

export interface ServiceSchema {
  /** Name of the schema. */
  schema: string;
  /** Role that the service logs in with. */
  role: string;
  password: string;
}

const lockKey = 7_311_000;

/** Opens an administrator's connection for the time of `work`. */
export async function withAdministrator<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, query_timeout: 60_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Makes the database unless it exists. */
export async function ensureDatabase(client: pg.Client, name: string): Promise<void> {
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (found.rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
}

/**
 * Makes a schema and a role for each service, or brings them to this state: a role may read and change rows of its own
 * schema, owns nothing, and sees no other schema. Runs in one transaction under a lock, so several may run at once.
 */
export async function provisionSchemas(client: pg.Client, database: string, services: readonly ServiceSchema[]): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [lockKey]);
    await client.query(`REVOKE ALL ON DATABASE ${pg.escapeIdentifier(database)} FROM PUBLIC`);
    await client.query('REVOKE ALL ON SCHEMA public FROM PUBLIC');
    for (const service of services) await provision(client, database, service);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function provision(client: pg.Client, databaseName: string, service: ServiceSchema): Promise<void> {
  const database = pg.escapeIdentifier(databaseName);
  const schema = pg.escapeIdentifier(service.schema);
  const role = pg.escapeIdentifier(service.role);
  const { rows } = await client.query<{ restricted: boolean }>(
    `SELECT NOT (rolsuper OR rolcreatedb OR rolcreaterole OR rolinherit OR rolreplication OR rolbypassrls) AS restricted
     FROM pg_roles WHERE rolname = $1`,
    [service.role],
  );
  // Only a superuser may name these of a role that exists, even to say no to them.
  const restrictions = rows[0]?.restricted ? '' : 'NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS';
  await client.query(
    `${rows.length === 0 ? 'CREATE' : 'ALTER'} ROLE ${role} WITH LOGIN ${restrictions} PASSWORD ${pg.escapeLiteral(service.password)}`,
  );
  await client.query(`GRANT CONNECT ON DATABASE ${database} TO ${role}`);
  await client.query(`ALTER ROLE ${role} IN DATABASE ${database} SET search_path = ${schema}`);
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await client.query(`REVOKE ALL ON SCHEMA ${schema} FROM PUBLIC`);
  await client.query(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
  for (const [kind, rights] of [
    ['TABLES', 'SELECT, INSERT, UPDATE, DELETE'],
    ['SEQUENCES', 'USAGE, SELECT'],
  ]) {
    await client.query(`GRANT ${rights} ON ALL ${kind} IN SCHEMA ${schema} TO ${role}`);
    await client.query(`ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT ${rights} ON ${kind} TO ${role}`);
  }
}
