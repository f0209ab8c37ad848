import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const names = ['registry', 'builder', 'deployer', 'telemetry', 'router', 'gateway'];

/** Answers at its listener, shows its settings at `/settings`, and does what `STUB_FAULT` says. */
const main = `
import { createServer } from 'node:http';
const fault = process.env.SLIPWAY_STUB_FAULT;
if (fault === 'exit') {
  console.log(JSON.stringify({ level: 'error', msg: 'the service cannot go on', error: { message: 'SLIPWAY_STUB is wrong: give it a value' } }));
  process.exit(1);
}
const settings = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('SLIPWAY_')));
const server = createServer((request, response) => {
  if (request.url === '/readyz') response.end('{}');
  else response.end(JSON.stringify(settings));
});
const [host, port] = process.env.SLIPWAY_LISTEN.split(':');
server.listen(Number(port), host, () => console.log(JSON.stringify({ level: 'info', msg: 'the service is listening' })));
process.on('SIGTERM', () => process.exit(0));
`;

const migrate = `
import { appendFileSync } from 'node:fs';
import path from 'node:path';
appendFileSync(path.join(process.env.SLIPWAY_HOME, 'migrations.txt'), path.basename(path.dirname(import.meta.dirname)) + '\\n');
if (!process.env.SLIPWAY_ADMIN_DATABASE_URL) process.exit(1);
`;

/** Writes apps that stand in for the real ones below a folder: `<app>/src/main.js` and `migrate.js`. */
export function writeStubApps(folder: string): string {
  const apps = path.join(folder, 'apps');
  for (const name of names) {
    mkdirSync(path.join(apps, name, 'src'), { recursive: true });
    writeFileSync(path.join(apps, 'package.json'), '{ "type": "module" }');
    writeFileSync(path.join(apps, name, 'src', 'main.js'), main);
    if (name !== 'router') writeFileSync(path.join(apps, name, 'src', 'migrate.js'), migrate);
  }
  return apps;
}
