import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ensureDatabase, provisionSchemas, withAdministrator } from '../database/provision.js';
import { writeConfig } from '../home/config.js';
import { secretsOf } from '../home/secrets.js';
import { adminUrl, buildId, databaseName, type Installation, statefulApps } from '../parts/specs.js';
import { partMark, partVariable } from '../parts/record.js';
import { migrationFailed, migrationsOf, startMigration } from './migration.js';

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

const migrateFile = (installation: Installation, app: string): string => migrationsOf(installation.appsFolder, app);

async function runMigration(installation: Installation, app: string, url: string): Promise<void> {
  const { layout, env, config } = installation;
  const logFile = path.join(layout.logs, 'migrate.log');
  const own = { SLIPWAY_HOME: layout.home, [partVariable]: partMark(config.installation, `migrate-${app}`) };
  const { failure, output } = await startMigration({
    file: migrateFile(installation, app),
    url,
    cwd: layout.home,
    env: { ...env.inherited, ...own },
  });
  appendFileSync(logFile, output, { mode: 0o600 });
  if (failure !== undefined) throw migrationFailed(app, failure, output, `; their log is ${logFile}`);
}
