import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ensureDatabase, provisionSchemas, withAdministrator } from '../database/provision.js';
import { SetupError } from '../errors.js';
import { writeConfig } from '../home/config.js';
import { secretsOf } from '../home/secrets.js';
import { adminUrl, buildId, databaseName, type Installation, statefulApps } from '../parts/specs.js';
import { lastWords } from '../parts/part.js';
import { partMark, partVariable } from '../parts/record.js';

const migrationLimitMs = 15 * 60_000;

/**
 * Brings database, schemas and roles to this build's state, then each app's tables.
 * @param always also when this build has migrated this database before.
 * @returns names of the apps whose migrations ran.
 */
export async function prepareDatabase(
  installation: Installation,
  always: boolean,
  tell: (part: string, message: string) => void,
): Promise<string[]> {
  const { layout, config } = installation;
  await withAdministrator(adminUrl(installation, 'postgres'), (client) => ensureDatabase(client, databaseName));
  const url = adminUrl(installation, databaseName);
  const cluster = await withAdministrator(url, async (client) => {
    const roles = statefulApps.map(({ name }) => {
      const password = readFileSync(secretsOf(layout).databasePassword(name), 'utf8').trim();
      return { schema: name, role: name, password };
    });
    await provisionSchemas(client, databaseName, roles);
    const { rows } = await client.query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_control_system()');
    return rows[0]?.id ?? '';
  });
  const state = `${cluster} ${buildId(installation)}`;
  if (!always && config.migrated === state) return [];
  const wanted = statefulApps.filter(({ name }) => existsSync(migrateFile(installation, name))).map(({ name }) => name);
  tell('postgres', `migrating ${wanted.join(', ')}`);
  await Promise.all(wanted.map((name) => runMigration(installation, name, url)));
  config.migrated = state;
  writeConfig(layout, config);
  return wanted;
}

const migrateFile = (installation: Installation, app: string): string =>
  path.join(installation.appsFolder, app, 'src', 'migrate.js');

function runMigration(installation: Installation, app: string, url: string): Promise<void> {
  const { layout, env, config } = installation;
  const logFile = path.join(layout.logs, 'migrate.log');
  const own = {
    SLIPWAY_ADMIN_DATABASE_URL: url,
    SLIPWAY_HOME: layout.home,
    [partVariable]: partMark(config.installation, `migrate-${app}`),
  };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [migrateFile(installation, app)], {
      cwd: layout.home,
      env: { ...env.inherited, ...own },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: migrationLimitMs,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      appendFileSync(logFile, output, { mode: 0o600 });
      if (code === 0) return resolve();
      const words = lastWords(output);
      reject(
        new SetupError(
          'part_failed',
          `the migrations of the ${app} failed (${signal ?? code}): ${words}; their log is ${logFile}`,
        ),
      );
    });
  });
}
