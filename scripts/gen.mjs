/**
 * Makes what is derived from the contracts: docs/openapi.json, the client's types, docs/events.md, docs/asyncapi.json and
 * the rights on the bus for the chart.
 * `--check` changes nothing and fails on a difference.
 */
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';

const root = path.resolve(import.meta.dirname, '..');
const check = process.argv.includes('--check');
const load = (file) => import(path.join(root, 'dist', file));

const { buildOpenApi } = await load('apps/gateway/src/openapi/document.js');
const { describeEvents, buildAsyncApi } = await load('apps/gateway/src/openapi/events.js');

const openapi = buildOpenApi();
const types = astToString(await openapiTypescript(openapi, { defaultNonNullable: false }));
const { busUsers } = await load('libs/supervisor/src/index.js');
const files = {
  'docs/openapi.json': JSON.stringify(openapi, null, 2),
  'docs/asyncapi.json': JSON.stringify(buildAsyncApi(), null, 2),
  'docs/events.md': describeEvents(),
  'helm/slipway/files/nats-users.conf': await busUsers(),
  'libs/client/src/generated/api.ts': `// Generated from docs/openapi.json by \`npm run gen\`; never edited.\n\n${types}`,
};

const stale = [];
for (const [name, text] of Object.entries(files)) {
  const file = path.join(root, name);
  const wanted = /\.(md|conf)$/.test(name) ? text : await format(text, { ...(await resolveConfig(file)), filepath: file });
  const present = await Promise.resolve(file)
    .then((at) => readFileSync(at, 'utf8'))
    .catch(() => '');
  if (present === wanted) continue;
  stale.push(name);
  if (check) continue;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, wanted);
}
if (check && stale.length > 0) {
  console.error(`out of date: ${stale.join(', ')}; run \`npm run gen\` and commit the result`);
  process.exit(1);
}
console.error(stale.length === 0 ? 'everything generated is up to date' : `written: ${stale.join(', ')}`);
