import { randomBytes } from 'node:crypto';
import path from 'node:path';
import {
  administrator,
  createCluster,
  databaseUrl,
  ensureDatabase,
  chooseStablePort,
  findPostgres,
  postgresAnswers,
  postgresProcess,
  provisionSchemas,
  type RunAs,
  type ServerSpec,
  spawnDetached,
  type Spawned,
  stopProcess,
  type StopStep,
  waitFor,
  withAdministrator,
} from '#slipway/supervisor';
import { sharedPostgresSetting, testEnv } from './env.js';
import { reapAtExit, removeFolder, temporaryFolder } from './reaper.js';

/** A database with one service's schema and role, as the installation has them. */
export interface TestDatabase {
  /** The service's own role: rows of its schema, nothing else. */
  url: string;
  /** The administrator, for migrations and for looking. */
  adminUrl: string;
  name: string;
  role: string;
  drop(): Promise<void>;
}

export interface TestPostgres {
  /** The administrator's address of the database `postgres`. */
  url: string;
  port: number;
  pid(): number;
  /** A new database with a schema named `service` and a role for it. */
  createDatabase(service: string): Promise<TestDatabase>;
  /** `immediate` is a crash with recovery at the next start; default `fast`. */
  restart(mode?: 'fast' | 'immediate' | 'kill'): Promise<void>;
  start(): Promise<void>;
  stop(mode?: 'fast' | 'immediate' | 'kill'): Promise<void>;
  /** Stops the server and removes its files. */
  close(): Promise<void>;
}

const signals: Record<'fast' | 'immediate' | 'kill', StopStep[]> = {
  fast: [
    { signal: 'SIGINT', waitMs: 20_000 },
    { signal: 'SIGKILL', waitMs: 5_000 },
  ],
  immediate: [
    { signal: 'SIGQUIT', waitMs: 20_000 },
    { signal: 'SIGKILL', waitMs: 5_000 },
  ],
  kill: [{ signal: 'SIGKILL', waitMs: 5_000 }],
};

/** `nobody` under root, which PostgreSQL refuses to run as. */
const testUser = (): RunAs | undefined => (process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined);

/**
 * Starts a PostgreSQL of its own on a free port, without fsync. It ends with this process, however that ends.
 * @param settings server settings beyond the defaults, such as `{ max_connections: '20' }`.
 */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}): Promise<TestPostgres> {
  const folder = temporaryFolder('pg');
  const runAs = testUser();
  const password = randomBytes(12).toString('hex');
  const port = await chooseStablePort();
  const spec: ServerSpec = {
    binaries: findPostgres(runAs, path.join(folder, 'bin')),
    dataDir: path.join(folder, 'data'),
    password,
    runAs,
    durable: false,
    port,
    logFile: path.join(folder, 'postgres.log'),
    settings: { max_connections: '300', shared_buffers: '32MB', ...settings },
  };
  createCluster(spec);
  const url = databaseUrl({ port, user: administrator, password, database: 'postgres' });
  let running: Spawned | undefined;

  const start = async (): Promise<void> => {
    running = await spawnDetached(postgresProcess(spec));
    reapAtExit(running.identity.pid, folder);
    let ended = false;
    void running.exited.then(() => (ended = true));
    const answered = await waitFor(async () => ended || (await postgresAnswers(url)), 60_000);
    if (ended || !answered) throw new Error(`the test's PostgreSQL did not start; its log is ${spec.logFile}`);
  };
  const stop = async (mode: 'fast' | 'immediate' | 'kill' = 'fast'): Promise<void> => {
    if (running) await stopProcess(running.identity, signals[mode]);
    running = undefined;
  };
  await start();
  return {
    url,
    port,
    pid: () => running?.identity.pid ?? 0,
    createDatabase: (service) => createDatabase(service, url),
    start,
    restart: async (mode) => {
      await stop(mode);
      // After a kill the server's own children need a moment to notice.
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await start();
        } catch (error) {
          if (attempt === 5) throw error;
        }
      }
    },
    stop,
    close: async () => {
      await stop();
      removeFolder(folder);
    },
  };
}

let ownServer: Promise<TestPostgres> | undefined;

/** The run's shared server, else one that this process starts once and keeps. */
async function sharedUrl(): Promise<string> {
  const shared = testEnv[sharedPostgresSetting];
  if (shared) return shared;
  ownServer ??= startPostgres();
  return (await ownServer).url;
}

/**
 * A new database for a test file, with one service's schema and role; on the run's shared server unless `adminUrl` names one.
 * @param service name of the schema, such as `registry`.
 */
export async function createDatabase(service: string, adminUrl?: string): Promise<TestDatabase> {
  const server = new URL(adminUrl ?? (await sharedUrl()));
  const suffix = randomBytes(5).toString('hex');
  const [name, role, password] = [`test_${service}_${suffix}`, `${service}_${suffix}`, randomBytes(12).toString('hex')];
  await withAdministrator(server.href, (client) => ensureDatabase(client, name));
  const own = new URL(server.href);
  own.pathname = `/${name}`;
  await withAdministrator(own.href, (client) => provisionSchemas(client, name, [{ schema: service, role, password }]));
  const url = new URL(own.href);
  [url.username, url.password] = [role, password];
  return { url: url.href, adminUrl: own.href, name, role, drop: () => drop(server.href, name, role) };
}

async function drop(adminUrl: string, name: string, role: string): Promise<void> {
  await withAdministrator(adminUrl, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    await client.query(`DROP ROLE IF EXISTS "${role}"`);
  });
}
