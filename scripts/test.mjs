/**
 * `npm test [-- suite …]`: runs every suite, or those named, also after one that failed. The last line sums them up:
 * `N passed, N failed, N skipped`. Exit status 1 when anything failed or nothing ran.
 */
import { ensurePythonTools } from './tasks/python-tools.mjs';
import { kubernetesBinary } from './tasks/kubernetes.mjs';
import { labelled } from './tasks/run.mjs';
import { lanes, suites } from './tasks/suites.mjs';

const named = process.argv.slice(2);
const unknown = named.find((name) => !(name in suites));
if (unknown !== undefined) {
  process.stderr.write(`'${unknown}' is not a suite; there are: ${Object.keys(suites).join(', ')}\n`);
  process.exit(1);
}

const unplanned = Object.keys(suites).find((name) => ![...lanes.before, ...lanes.beside.flat()].includes(name));
if (unplanned !== undefined) throw new Error(`suite '${unplanned}' has no lane, so that it would never run`);

// Takes minutes on a machine that has not built it before: beside the other suites, and waited for by its own.
if (named.length === 0 || named.includes('kube')) void kubernetesBinary();
await ensurePythonTools();
const wanted = (name) => named.length === 0 || named.includes(name);
const total = { passed: 0, failed: 0, skipped: 0 };
const summary = [];

async function runSuite(name) {
  process.stdout.write(`\n── ${name} ──\n`);
  const start = performance.now();
  const counts = await labelled(name, suites[name]);
  for (const key of Object.keys(total)) total[key] += counts[key];
  const seconds = Math.round((performance.now() - start) / 1_000);
  const line = `${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${seconds} s`;
  process.stdout.write(`\n── ${line} ──\n`);
  summary.push(line);
}

/** One after another; after an interruption no further one is begun. */
async function runLane(names) {
  for (const name of names.filter(wanted)) if (!process.exitCode) await runSuite(name);
}

await runLane(lanes.before);
await Promise.all(lanes.beside.map(runLane));
process.stdout.write(`\n${summary.join('\n')}\n\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
