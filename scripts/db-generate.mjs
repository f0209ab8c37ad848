/**
 * `npm run db:generate -- <app> <what-changes>` writes the migration that brings the app's schema to its entities; read it
 * before you commit it. `--check` writes nothing and fails when entities and migrations differ.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from './bootstrap/paths.mjs';

const stateful = ['gateway', 'registry', 'builder', 'deployer', 'telemetry'];
const load = (...parts) => import(inRoot('dist', ...parts));
const { createDatabase, startPostgres } = await load('libs', 'testing', 'src', 'index.js');
const { createDataSource, runMigrations } = await load('libs', 'platform', 'src', 'index.js');

/** The statements that are missing between what the migrations make and what the entities say. */
async function differences(app, server) {
  const { schema } = await load('apps', app, 'src', 'schema.js');
  const database = await createDatabase(app, server.url);
  await runMigrations(app, schema, database.adminUrl);
  const source = createDataSource(database.adminUrl, schema, { options: `-c search_path=${app}` });
  await source.initialize();
  try {
    const { upQueries, downQueries } = await source.driver.createSchemaBuilder().log();
    return { up: upQueries.map(({ query }) => query), down: downQueries.map(({ query }) => query) };
  } finally {
    await source.destroy();
  }
}

function writeMigration(app, what, { up, down }) {
  const stamp = Date.now();
  const name = `${what.replace(/(^|-)([a-z])/g, (_match, _dash, letter) => letter.toUpperCase())}${stamp}`;
  const body = (statements) => statements.map((statement) => `    await runner.query(${JSON.stringify(statement)});`).join('\n');
  const text = [
    "import type { MigrationInterface, QueryRunner } from 'typeorm';",
    '',
    `export class ${name} implements MigrationInterface {`,
    `  readonly name = '${name}';`,
    '',
    `  async up(runner: QueryRunner): Promise<void> {\n${body(up)}\n  }`,
    '',
    `  async down(runner: QueryRunner): Promise<void> {\n${body(down.toReversed())}\n  }`,
    '}',
    '',
  ].join('\n');
  const file = path.join('apps', app, 'src', 'migrations', `${stamp}-${what}.ts`);
  writeFileSync(inRoot(file), text);
  console.error(`written: ${file}; name it in apps/${app}/src/schema.ts`);
}

const args = process.argv.slice(2);
const check = args.includes('--check');
const [app, what] = args.filter((arg) => !arg.startsWith('--'));
if (!check && (!stateful.includes(app) || !/^[a-z]+(-[a-z0-9]+)*$/.test(what ?? ''))) {
  console.error(
    `give the app (${stateful.join(', ')}) and what changes, for example: npm run db:generate -- registry add-model-digest`,
  );
  process.exit(1);
}
const server = await startPostgres();
try {
  for (const name of check ? stateful : [app]) {
    const found = await differences(name, server);
    if (found.up.length === 0) continue;
    if (!check) writeMigration(name, what, found);
    else {
      console.error(`the migrations of ${name} do not make what its entities say:\n  ${found.up.join('\n  ')}`);
      process.exitCode = 1;
    }
  }
} finally {
  await server.close();
}
