import { spawn } from 'node:child_process';
import path from 'node:path';
import { SetupError } from '../errors.js';
import { lastWords } from '../parts/part.js';

const limitMs = 15 * 60_000;

/** An app's second entry, which changes its tables as administrator. */
export const migrationsOf = (appsFolder: string, app: string): string => path.join(appsFolder, app, 'src', 'migrate.js');

export interface MigrationRun {
  file: string;
  /** The administrator's database. */
  url: string;
  cwd: string;
  env: Readonly<Record<string, string>>;
}

/** Runs an app's migrations to their end; `failure` is the exit status or signal of one that failed. */
export function startMigration(run: MigrationRun): Promise<{ failure: string | undefined; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [run.file], {
      cwd: run.cwd,
      env: { ...run.env, SLIPWAY_ADMIN_DATABASE_URL: run.url },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ failure: code === 0 ? undefined : String(signal ?? code), output }));
  });
}

export const migrationFailed = (app: string, failure: string, output: string, where = ''): SetupError =>
  new SetupError('part_failed', `the migrations of the ${app} failed (${failure}): ${lastWords(output)}${where}`);
