import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import pg from 'pg';
import { ensureDatabase, provisionSchemas, withAdministrator } from '../database/provision.js';
import type { SupervisorEnv } from '../env.js';
import { SetupError, systemCode } from '../errors.js';
import { statefulApps } from '../parts/specs.js';
import { compiled } from '../project.js';
import { sleep } from '../wait.js';
import { prepareBus } from './bus.js';
import { migrationFailed, migrationsOf, startMigration } from './migration.js';

/** A server that is on its way, or a name that is not known yet. */
const notYet = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', '57P03']);
const missingDatabase = '3D000';

export interface ElsewhereOptions {
  env: SupervisorEnv;
  tell: (part: string, message: string) => void;
  appsFolder?: string | undefined;
  /** How long database and bus may take to come, milliseconds; default 5 minutes. */
  waitMs?: number | undefined;
}

/**
 * Brings a database and a bus that are not this machine's own to this build's state: roles and schemas, each app's tables,
 * streams and durables. The administrator owns the database and may make roles; a superuser is not needed.
 * @throws SetupError `setting_wrong`, `database_unusable`, `nats_unusable` or `part_failed`
 */
export async function migrateElsewhere(options: ElsewhereOptions): Promise<string[]> {
  const { env, tell } = options;
  const url = adminUrl(env);
  const { natsUrl, natsCredsFile, rolePasswordsFile } = env.elsewhere;
  if (!natsUrl) throw wrong('SLIPWAY_NATS_URL', 'is not set; it names the bus, whose streams this command makes');
  const passwords = readPasswords(rolePasswordsFile);
  const waitMs = options.waitMs ?? 5 * 60_000;

  const database = decodeURIComponent(url.pathname.slice(1));
  await reach(url, database, waitMs, tell);
  const roles = statefulApps.map(({ name }) => ({ schema: name, role: name, password: passwords[name]! }));
  await withAdministrator(url.href, (client) => provisionSchemas(client, database, roles)).catch((cause: unknown) => {
    throw unusable(url, cause);
  });
  const appsFolder = options.appsFolder ?? compiled('apps');
  const wanted = statefulApps.map(({ name }) => name).filter((name) => existsSync(migrationsOf(appsFolder, name)));
  tell('postgres', `migrating ${wanted.join(', ')}`);
  await Promise.all(
    wanted.map(async (app) => {
      const run = { file: migrationsOf(appsFolder, app), url: url.href, cwd: tmpdir(), env: env.inherited };
      const { failure, output } = await startMigration(run);
      if (failure !== undefined) throw migrationFailed(app, failure, output);
    }),
  );
  tell('nats', 'making streams and durables');
  await within(waitMs, prepareBus({ url: natsUrl, credsFile: natsCredsFile }), natsUrl);
  return wanted;
}

function adminUrl(env: SupervisorEnv): URL {
  const url = URL.parse(env.adminDatabaseUrl ?? '');
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.length < 2)
    throw wrong('SLIPWAY_ADMIN_DATABASE_URL', 'is not postgresql://<user>:<password>@<host>:<port>/<database>');
  return url;
}

function readPasswords(file: string | undefined): Record<string, string> {
  const name = 'SLIPWAY_ROLE_PASSWORDS_FILE';
  if (!file) throw wrong(name, 'is not set; it names a JSON file with a password for each service');
  let passwords: Record<string, unknown>;
  try {
    passwords = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch {
    throw wrong(name, `names ${file}, which is not a JSON file that can be read`);
  }
  const missing = statefulApps.map((app) => app.name).filter((app) => !passwords[app] || typeof passwords[app] !== 'string');
  if (missing.length > 0) throw wrong(name, `names ${file}, which has no password for: ${missing.join(', ')}`);
  return passwords as Record<string, string>;
}

/** Waits for the server, and makes the database where the administrator may. */
async function reach(url: URL, database: string, waitMs: number, tell: ElsewhereOptions['tell']): Promise<void> {
  const end = performance.now() + waitMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await withAdministrator(url.href, async (client) => void (await client.query('SELECT 1')));
    } catch (error) {
      if (systemCode(error) === missingDatabase) {
        const maintenance = new URL(url);
        maintenance.pathname = '/postgres';
        return withAdministrator(maintenance.href, (client) => ensureDatabase(client, database)).catch((cause: unknown) => {
          throw unusable(maintenance, cause);
        });
      }
      if (!isPassing(error) || performance.now() > end) throw unusable(url, error);
      if (attempt === 0) tell('postgres', `waiting for ${url.host}`);
      await sleep(Math.min(200 * 2 ** attempt, 3_000));
    }
  }
}

const isPassing = (error: unknown): boolean =>
  notYet.has(systemCode(error)) || (error instanceof Error && /timeout|terminated/i.test(error.message));

async function within(waitMs: number, work: Promise<void>, natsUrl: string): Promise<void> {
  const late = new Promise<never>((_resolve, reject) =>
    setTimeout(
      () => reject(new SetupError('nats_unusable', `the bus at ${natsUrl} did not answer in ${Math.round(waitMs / 1_000)} s`)),
      waitMs,
    ).unref(),
  );
  await Promise.race([work, late]);
}

const wrong = (setting: string, problem: string): SetupError => new SetupError('setting_wrong', `${setting} ${problem}`);

function unusable(url: URL, cause: unknown): SetupError {
  const reason = cause instanceof pg.DatabaseError || cause instanceof Error ? cause.message : String(cause);
  return new SetupError(
    'database_unusable',
    `the database at ${url.host}${url.pathname} cannot be used as ${url.username}: ${reason}`,
    {
      cause,
    },
  );
}
