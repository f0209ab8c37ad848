#!/usr/bin/env node
/** `npx slipway`: the compiled command under the locked Node; a bare clone is installed and built first. */
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';

const root = path.resolve(path.dirname(realpathSync(process.argv[1])), '..');
const node = path.join(root, 'node_modules/.bin/node');
const main = path.join(root, 'dist/cli/src/main.js');
const ready = existsSync(node) && existsSync(path.join(root, 'dist/.sources.json')) && existsSync(main);
const args = process.argv.slice(2);

const child = ready
  ? spawn(node, [main, ...args], { stdio: 'inherit' })
  : spawn(process.execPath, [path.join(root, 'scripts/bootstrap.mjs'), 'slipway', ...args], { stdio: 'inherit' });

for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
// A terminal sends Ctrl-C to the child as well.
process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
child.once('error', (error) => {
  process.stderr.write(`slipway: ${error.message}\n`);
  process.exit(2);
});
child.once('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
