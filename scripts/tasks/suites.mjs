import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { inRoot, readText, root } from '../bootstrap/paths.mjs';
import { dockerEngine } from './docker.mjs';
import { kubernetesBinary } from './kubernetes.mjs';
import { runConformance } from './conformance.mjs';
import { execute, print, runTasks } from './run.mjs';
import { pytestTask, staticTasks } from './static.mjs';

/** Passed, failed and skipped tests. */
const none = { passed: 0, failed: 0, skipped: 0 };

const resultFile = (name) => {
  mkdirSync(inRoot('.cache/results'), { recursive: true });
  const file = inRoot('.cache/results', name);
  rmSync(file, { force: true });
  return file;
};

/** A runner that failed without a failed test of its own (a file that does not load, a crash) counts as one. */
const settle = (counts, status) => (status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts);

const vitest =
  (...projects) =>
  async () => {
    const file = resultFile(`${projects[0]}.json`);
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const command = [
      inRoot('node_modules/.bin/vitest'),
      'run',
      ...projects.flatMap((name) => ['--project', name]),
      '--passWithNoTests',
      ...reporters,
    ];
    const { status } = await execute({ command, cwd: root });
    return settle(readVitest(file), status);
  };

function readVitest(file) {
  const text = readText(file);
  if (text === undefined) return none;
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(text);
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
}

async function statics() {
  const failed = await runTasks(staticTasks);
  return { passed: staticTasks.length - failed.length, failed: failed.length, skipped: 0 };
}

async function pytest() {
  const file = resultFile('pytest.xml');
  const command = [...pytestTask.command, `--junitxml=${file}`];
  const { status } = await execute({ ...pytestTask, command });
  return settle(readJunit(file), status);
}

function readJunit(file) {
  if (readText(file) === undefined) return none;
  const suite = /<testsuite [^>]*>/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
  const count = (name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const [failed, skipped] = [count('failures') + count('errors'), count('skipped')];
  return { passed: count('tests') - failed - skipped, failed, skipped };
}

/** Without Go there is no cluster to test against: said loudly, and counted as one skipped. */
async function kube() {
  const missing = await kubernetesBinary();
  if (missing === undefined) return vitest('kube')();
  print(`*** NOT RUN: the suite 'kube', which needs a real Kubernetes: ${missing} ***\n`);
  return { ...none, skipped: 1 };
}

/** A Docker Engine of the test's own needs root and Debian's docker.io: said loudly, and counted as one skipped. */
async function docker() {
  const missing = await dockerEngine();
  if (missing === undefined) return vitest('docker')();
  print(`*** NOT RUN: the suite 'docker', which needs a real Docker Engine: ${missing} ***\n`);
  return { ...none, skipped: 1 };
}

/** In the order in which they run: what is quick and general first. */
export const suites = {
  static: statics,
  unit: vitest('unit', 'unit-alone'),
  python: pytest,
  medium: vitest('medium'),
  e2e: vitest('e2e'),
  conformance: async () => {
    const { status, counts } = await runConformance();
    return settle(counts ?? none, status);
  },
  faults: vitest('faults'),
  abuse: vitest('abuse'),
  docker,
  kube,
};

/**
 * Suites that mostly wait, for processes that start, retries and timers, run side by side: those of one lane one after
 * another, the lanes at the same time. What keeps all cores busy comes before them.
 */
export const lanes = {
  before: ['static', 'unit'],
  beside: [
    ['medium', 'kube'],
    ['python', 'faults', 'e2e'],
    ['abuse', 'conformance', 'docker'],
  ],
};
