import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { SetupError } from '../errors.js';
import { loopback } from '../processes/ports.js';
import type { SpawnSpec } from '../processes/spawn.js';
import type { PostgresBinaries, RunAs } from './binaries.js';

/** The administrator of the embedded server. */
export const administrator = 'slipway';

const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } as const;

export interface ClusterSpec {
  binaries: PostgresBinaries;
  /** The folder of the data, made by {@link createCluster}. */
  dataDir: string;
  password: string;
  /** User that owns and runs it; undefined for this process's own. PostgreSQL refuses to run as root. */
  runAs?: RunAs | undefined;
  /** User of `initdb`, which needs an entry in /etc/passwd; default `runAs`. */
  initAs?: RunAs | undefined;
  /** Off only for servers that live as long as a test. */
  durable?: boolean;
}

/**
 * Makes the data folder unless it exists; a half-made one of an interrupted start is made again.
 * @throws SetupError `postgres_unusable` or `disk_full` with initdb's own words.
 */
export function createCluster(spec: ClusterSpec): void {
  if (existsSync(spec.dataDir)) return requireVersion(spec);
  const partial = `${spec.dataDir}.partial`;
  const passwordFile = `${spec.dataDir}.password`;
  const initAs = spec.initAs ?? spec.runAs;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { mode: 0o700 });
  writeFileSync(passwordFile, spec.password, { mode: 0o600 });
  if (initAs) for (const file of [partial, passwordFile]) chownSync(file, initAs.uid, initAs.gid);
  try {
    const result = spawnSync(spec.binaries.initdb, initdbArguments(partial, passwordFile, spec.durable ?? true), {
      ...initAs,
      cwd: '/',
      env: environment,
      encoding: 'utf8',
      timeout: 120_000,
    });
    if (result.status !== 0) throw initdbFailed(result.stderr || result.error?.message || `status ${result.status}`);
    if (spec.runAs && spec.runAs.uid !== initAs?.uid) chownTree(partial, spec.runAs);
    renameSync(partial, spec.dataDir);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(partial, { recursive: true, force: true });
  }
}

function initdbArguments(folder: string, passwordFile: string, durable: boolean): string[] {
  // The built-in locale does not depend on what the machine has installed.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = ['-U', administrator, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  return ['-D', folder, ...access, ...locale, '--no-instructions', ...(durable ? [] : ['--no-sync'])];
}

function initdbFailed(output: string): SetupError {
  if (/No space left on device/i.test(output)) {
    return new SetupError('disk_full', 'the disk is full: PostgreSQL could not make its files; free some space and start again');
  }
  const lines = output.trim().split('\n');
  const reason = lines.find((line) => /error|fatal/i.test(line)) ?? lines.at(-1) ?? '';
  return new SetupError('postgres_unusable', `PostgreSQL could not make its data folder: ${reason.trim()}`);
}

function requireVersion(spec: ClusterSpec): void {
  const file = path.join(spec.dataDir, 'PG_VERSION');
  const own = spawnSync(spec.binaries.postgres, ['--version'], { ...spec.runAs, cwd: '/', env: {}, encoding: 'utf8' });
  const wanted = /(\d+)\./.exec(own.stdout)?.[1];
  const found = existsSync(file) ? readFileSync(file, 'utf8').trim() : 'none';
  if (wanted === found) return;
  throw new SetupError(
    'postgres_unusable',
    `${spec.dataDir} holds data of PostgreSQL ${found}, this Slipway brings ${wanted ?? 'none'}; start the Slipway that made it, or name another SLIPWAY_HOME`,
  );
}

function chownTree(folder: string, owner: RunAs): void {
  chownSync(folder, owner.uid, owner.gid);
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    chownSync(path.join(entry.parentPath, entry.name), owner.uid, owner.gid);
  }
}

export interface ServerSpec extends ClusterSpec {
  port: number;
  logFile: string;
  settings?: Readonly<Record<string, string>>;
}

/** How the server is started: on loopback, without a socket file. */
export function postgresProcess(spec: ServerSpec): SpawnSpec {
  const settings: Record<string, string> = {
    listen_addresses: loopback,
    unix_socket_directories: '',
    log_line_prefix: '%m [%p] %q%u@%d ',
    log_timezone: 'UTC',
    timezone: 'UTC',
    ...((spec.durable ?? true) ? {} : { fsync: 'off', full_page_writes: 'off' }),
    ...spec.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return {
    file: spec.binaries.postgres,
    args: ['-D', spec.dataDir, '-p', String(spec.port), ...flags],
    env: environment,
    logFile: spec.logFile,
    ...spec.runAs,
  };
}

export const databaseUrl = (server: { port: number; user: string; password: string; database: string }): string =>
  `postgresql://${server.user}:${server.password}@${loopback}:${server.port}/${server.database}`;

/** Whether the server takes connections with this address; every failure counts as no. */
export async function postgresAnswers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
