/**
 * From `slipway service create` to the first 200: a scikit-learn model and a script that were never seen, the layer of
 * dependencies warm. Five times; the first deployment, which makes that layer, is not counted.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const iris = path.join(root, 'examples/iris');
const python = path.join(root, '.cache/venvs/iris/bin/python');
const rounds = 5;
const home = mkdtempSync(path.join(tmpdir(), 'slipway-bench-home-'));
const work = mkdtempSync(path.join(tmpdir(), 'slipway-bench-work-'));
const env = { ...process.env, SLIPWAY_HOME: home };

function execute(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: work, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`${args.join(' ')} ended with ${code}\n${err}`))));
  });
}
const slipway = (...args) => execute(process.execPath, [path.join(root, 'dist/cli/src/main.js'), ...args]);

/** A model of other weights, and a script of other bytes. */
async function unseen(round) {
  const train = `
import joblib, sys
from sklearn.linear_model import LogisticRegression
model = joblib.load("model.pkl")
model.steps[-1] = ("classifier", LogisticRegression(C=1.0 + ${round} / 7))
from sklearn.datasets import load_iris
data = load_iris(as_frame=True)
data.data.columns = ["sepal length", "sepal width", "petal length", "petal width"]
joblib.dump(model.fit(data.data, data.target_names[data.target]), "model.pkl")
`;
  await execute(python, ['-c', train]);
  writeFileSync(path.join(work, 'score.py'), `${readFileSync(path.join(iris, 'score.py'), 'utf8')}\n# round ${round}\n`);
}

async function deployAndScore(name) {
  const began = performance.now();
  const made = await slipway(
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
    '-o',
    'json',
  );
  const { scoringUri } = JSON.parse(made);
  const created = performance.now();
  const { primaryKey } = JSON.parse(await slipway('service', 'keys', name, '-o', 'json'));
  const asked = performance.now();
  const body = '{"input_df":[{"sepal length":5.0,"sepal width":3.4,"petal length":1.5,"petal width":0.2}]}';
  const headers = ['-H', 'Content-Type: application/json', '-H', `Authorization: Bearer ${primaryKey}`];
  const status = await execute('curl', [
    '-s',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
    '-X',
    'POST',
    ...headers,
    '--data',
    body,
    scoringUri,
  ]);
  if (status !== '200') throw new Error(`the first request was answered ${status}`);
  // Reading the key is the bench's own errand between the two.
  return (created - began + (performance.now() - asked)) / 1000;
}

if (!existsSync(path.join(iris, 'model.pkl')) || !existsSync(python)) {
  console.error('the iris model is not trained yet: run `npm run demo -- --once` first');
  process.exit(1);
}
for (const file of ['model.pkl', 'service_schema.json', 'conda_dependencies.yml'])
  cpSync(path.join(iris, file), path.join(work, file));
try {
  await slipway('up', '--detach', '-o', 'json');
  await unseen(0);
  const cold = await deployAndScore('warm-up');
  const seconds = [];
  for (let round = 1; round <= rounds; round += 1) {
    await unseen(round);
    seconds.push(await deployAndScore(`round-${round}`));
  }
  seconds.sort((a, b) => a - b);
  console.log(`machine: ${cpus().length} × ${cpus()[0].model}, Node ${process.version}\n`);
  console.log('| from service create to the first 200 | seconds |\n| --- | --- |');
  console.log(`| median of ${rounds}, dependency layer warm | ${seconds[Math.floor(rounds / 2)].toFixed(1)} |`);
  console.log(`| fastest, slowest | ${seconds[0].toFixed(1)}, ${seconds.at(-1).toFixed(1)} |`);
  console.log(`| first one, which makes the dependency layer | ${cold.toFixed(1)} |`);
} finally {
  await slipway('down').catch(() => undefined);
  for (const folder of [home, work]) rmSync(folder, { recursive: true, force: true });
}
