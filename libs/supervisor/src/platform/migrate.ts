import { readSupervisorEnv, type SupervisorEnv } from '../env.js';
import { readConfig } from '../home/config.js';
import { prepareHome } from '../home/layout.js';
import { takeLock } from '../home/lock.js';
import { embeddedBus, prepareBus } from './bus.js';
import { prepareDatabase } from './database.js';
import { migrateElsewhere } from './migrate-elsewhere.js';
import { openInstallation } from './installation.js';
import { endLeftovers } from './leftovers.js';
import { type OnProgress, teller } from './progress.js';
import { Supervisor } from './supervisor.js';

export interface MigrateOptions {
  env?: SupervisorEnv;
  onProgress?: OnProgress | undefined;
  appsFolder?: string | undefined;
}

export interface MigrateReport {
  home: string;
  /** Apps whose migrations ran. */
  migrated: string[];
}

/**
 * Brings roles, schemas, tables, streams and durables to this build's state: on the database and bus elsewhere that the
 * environment names, else on the running installation, else on database and bus started for it and ended again.
 */
export async function migrate(options: MigrateOptions = {}): Promise<MigrateReport> {
  const env = options.env ?? readSupervisorEnv();
  const tell = teller(options.onProgress);
  if (env.adminDatabaseUrl !== undefined)
    return { home: env.home, migrated: await migrateElsewhere({ env, tell, appsFolder: options.appsFolder }) };
  const layout = prepareHome(env.home);
  const lock = await takeLock(layout.home);
  if (!lock) {
    const installation = await openInstallation(layout, { ...options, env });
    const migrated = await prepareDatabase(installation, true, tell);
    await prepareBus(embeddedBus(installation));
    return { home: layout.home, migrated };
  }
  try {
    const running = new Set(['router', 'postgres', 'nats']);
    await endLeftovers(layout, readConfig(layout).installation, running);
    const supervisor = new Supervisor(await openInstallation(layout, { ...options, env }), lock, tell);
    try {
      return { home: layout.home, migrated: await supervisor.migrate() };
    } finally {
      await supervisor.stopOwn();
    }
  } finally {
    await lock.release();
  }
}
