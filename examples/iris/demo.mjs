/**
 * `npm run demo`: starts the platform, trains the iris model, deploys it and scores it through the router with its key.
 * It stays up until Ctrl-C; with `--once` it checks the answers and ends.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hash } from 'node:crypto';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const here = path.join(root, 'examples/iris');
const once = process.argv.includes('--once');
const name = 'iris';
const outputs = ['model.pkl', 'model-next.pkl', 'service_schema.json', 'conda_dependencies.yml'];
const cli = [path.join(root, 'dist/cli/src/main.js')];

const say = (text) => process.stderr.write(`${text}\n`);
const started = Date.now();
const stepDone = (text) => say(`[${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s] ${text}`);

/** Runs a program; its stdout is the answer, its stderr is shown. */
function execute(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: here, stdio: ['ignore', 'pipe', 'inherit'], ...options });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve(out)
        : reject(Object.assign(new Error(`${path.basename(program)} ${args.slice(-6).join(' ')} ended with ${code}`), { code })),
    );
  });
}
const slipway = (...args) => execute(process.execPath, [...cli, ...args]);
const slipwayJson = async (...args) => JSON.parse(await slipway(...args, '-o', 'json'));

/** The training environment: locked packages under the machine's Python, made once. */
async function trainingPython() {
  const lock = path.join(here, 'requirements.lock');
  const folder = path.join(root, '.cache/venvs/iris');
  const stamp = path.join(folder, 'stamp');
  const wanted = hash('sha256', readFileSync(lock)) + process.env.SLIPWAY_PYTHON;
  const python = path.join(folder, 'bin/python');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  say('making the training environment (about 70 MB, once)');
  const uv = process.env.SLIPWAY_UV;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.dirname(folder), { recursive: true });
  await execute(uv, ['venv', '--quiet', '--python', process.env.SLIPWAY_PYTHON, folder]);
  await execute(uv, ['pip', 'install', '--quiet', '--python', python, '--require-hashes', '--only-binary', ':all:', '-r', lock]);
  writeFileSync(stamp, wanted);
  return python;
}

async function train() {
  if (outputs.every((file) => existsSync(path.join(here, file)))) return;
  const python = await trainingPython();
  say('training');
  const shown = await execute(python, ['train.py', '.'], {
    env: { ...process.env, PYTHONPATH: path.join(root, 'runtimes/python/src'), PYTHONDONTWRITEBYTECODE: '1' },
  });
  process.stderr.write(shown);
}

async function deploy() {
  const services = await slipwayJson('service', 'list');
  const known = services.find((service) => service.name === name);
  if (known?.revision) return known;
  if (known) await slipway('service', 'delete', name);
  return slipwayJson(
    'service',
    'create',
    name,
    '-f',
    'score.py',
    '-m',
    'model.pkl',
    '-s',
    'service_schema.json',
    '-c',
    'conda_dependencies.yml',
    '--collect-model-data',
    'true',
  );
}

const flowers = [
  { 'sepal length': 5.0, 'sepal width': 3.4, 'petal length': 1.5, 'petal width': 0.2 },
  { 'sepal length': 6.1, 'sepal width': 2.8, 'petal length': 4.1, 'petal width': 1.3 },
  { 'sepal length': 6.7, 'sepal width': 3.1, 'petal length': 5.7, 'petal width': 2.3 },
];
const species = ['setosa', 'versicolor', 'virginica'];

async function score(service, key) {
  const response = await fetch(service.scoringUri, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
    body: JSON.stringify({ input_df: flowers }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the service answered ${response.status}: ${text}`);
  const { labels } = JSON.parse(text);
  if (JSON.stringify(labels) !== JSON.stringify(species))
    throw new Error(`the service answered ${text} instead of ${species.join(', ')}`);
  return text;
}

function linesToPaste(service, key, status) {
  const body = JSON.stringify({ input_df: flowers.slice(0, 1) });
  return [
    '',
    'Score it:',
    `  curl -s -X POST -H 'Content-Type: application/json' -H 'Authorization: Bearer ${key}' --data '${body}' ${service.scoringUri}`,
    'Watch its log:',
    `  npx slipway service logs ${name} -f`,
    'Put a better model behind the same URL and keys:',
    `  npx slipway service update ${name} -m examples/iris/model-next.pkl`,
    'The API and its page:',
    `  ${status.url}/docs`,
    'The predictions, as files:',
    `  ${status.telemetryFolder}`,
    '',
  ].join('\n');
}

/** Resolves on Ctrl-C. A listener for a signal alone does not keep a process running, so a timer does. */
function interrupted() {
  const alive = setInterval(() => undefined, 60_000);
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
  }).finally(() => clearInterval(alive));
}

async function main() {
  const up = await slipwayJson('up', '--detach');
  stepDone(`the platform is up at ${up.url}`);
  const stop = async () => {
    if (!up.alreadyRunning) await slipway('down');
  };
  try {
    await train();
    stepDone('the model is trained');
    const service = await deploy();
    stepDone(`the service ${name} serves revision ${service.revision}`);
    const { primaryKey } = await slipwayJson('service', 'keys', name);
    const answer = await score(service, primaryKey);
    stepDone(`three flowers were scored through the router: ${answer}`);
    process.stdout.write(linesToPaste(service, primaryKey, up));
    if (once) return await stop();
    say('Ctrl-C stops the platform.');
    await interrupted();
    await stop();
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

try {
  await main();
} catch (error) {
  say(`error: ${error.message}`);
  process.exitCode = typeof error.code === 'number' ? error.code : 2;
}
