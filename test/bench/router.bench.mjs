/**
 * What the router adds to a direct connection: CPU time for each request, latency without and with company.
 * Absolute figures are of this machine and this moment; the ratios between rows of one run are what counts.
 */
import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const root = path.resolve(import.meta.dirname, '../..');
const router = path.join(root, 'dist/apps/router/src/main.js');
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const seconds = Number(process.env.BENCH_SECONDS ?? 3);
const company = 32;
const key = 'bench-key';
const ticksPerSecond = 100;

const children = [];
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

function start(file, args = [], env = {}) {
  const child = spawn(process.execPath, [file, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
}

async function startUpstream() {
  const { child, lines } = start(path.join(import.meta.dirname, 'router/upstream.mjs'));
  return { pid: child.pid, port: Number((await lines.next()).value) };
}

function route(port, capture) {
  const [serviceId, revisionId, replica] = [randomUUID(), randomUUID(), randomUUID()];
  return {
    version: 1,
    serviceId,
    account: 'default',
    environment: 'local',
    isDefault: true,
    name: 'bench',
    deleted: false,
    revisions: [{ id: revisionId, number: 1, weight: 100, models: [], endpoints: [{ replica, host: '127.0.0.1', port }] }],
    limits: { maxConcurrent: 2 * company, maxQueued: 100, timeoutMs: 10_000, maxBodyBytes: 1_048_576 },
    keys: [{ id: 'bench', sha256: createHash('sha256').update(key).digest('hex') }],
    capture: { enabled: capture, sampleRate: 1, maxBytes: 65_536, headers: [] },
  };
}

async function startRouter(port, capture) {
  const home = mkdtempSync(path.join(tmpdir(), 'slipway-bench-'));
  process.on('exit', () => rmSync(home, { recursive: true, force: true }));
  mkdirSync(path.join(home, 'run/router'), { recursive: true });
  writeFileSync(path.join(home, 'run/router/routes.json'), JSON.stringify({ routes: [route(port, capture)] }));
  const { child, lines } = start(router, [], {
    SLIPWAY_HOME: home,
    SLIPWAY_LISTEN: '127.0.0.1:0',
    SLIPWAY_ROUTER_LISTEN: '127.0.0.1:0',
    SLIPWAY_NATS_URL: 'nats://127.0.0.1:9',
    SLIPWAY_SPOOL_MAX_BYTES: String(4 * 2 ** 30),
  });
  for await (const text of lines) {
    const line = JSON.parse(text);
    if (line.msg === 'the router is listening') return { pid: child.pid, port: line.port };
  }
  throw new Error('the router ended before it listened');
}

/** User and system time of a process with all its threads, in seconds (proc(5), fields 14 and 15). */
function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

async function measure(target, connections) {
  const before = cpuSeconds(target.pid);
  const { child, lines } = start(path.join(import.meta.dirname, 'router/driver.mjs'), [
    target.port,
    '/api/v1/service/bench/score',
    key,
    connections,
    seconds,
  ]);
  const result = JSON.parse((await lines.next()).value);
  if (child.exitCode === null) await once(child, 'exit');
  if (result.failures > 0) throw new Error(`${target.name}: ${result.failures} requests failed`);
  // The warm-up is in the CPU time and not among the answers; its share is the same for all.
  const share = seconds / (seconds + 0.5);
  return { ...result, cpu: ((cpuSeconds(target.pid) - before) * share * 1e6) / result.answers };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const show = (value, digits = 0) => value.toFixed(digits).padStart(9);

if (!existsSync(router)) {
  console.error('the router is not built; run: npm run build');
  process.exit(1);
}
const upstream = await startUpstream();
const targets = [
  { name: 'direct', ...upstream },
  { name: 'router', ...(await startRouter(upstream.port, false)) },
  { name: 'router, all captured', ...(await startRouter(upstream.port, true)) },
];
const results = new Map(targets.map(({ name }) => [name, { alone: [], together: [] }]));
for (let round = 0; round < rounds; round++) {
  const order = round % 2 ? [...targets].reverse() : targets;
  for (const target of order) {
    results.get(target.name).alone.push(await measure(target, 1));
    results.get(target.name).together.push(await measure(target, company));
  }
}

const rows = targets.map(({ name }) => {
  const { alone, together } = results.get(name);
  const pick = (list, field) => median(list.map((each) => each[field]));
  return {
    name,
    cpu: pick(together, 'cpu'),
    rate: pick(together, 'answers') / seconds,
    p50: pick(alone, 'p50'),
    p99: pick(alone, 'p99'),
    busy50: pick(together, 'p50'),
    busy99: pick(together, 'p99'),
  };
});
const [direct] = rows;
const [first] = cpus();
console.log(`router: ${first?.model.trim()}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.version}`);
console.log(
  `POST 150 B, answer 100 B, keep-alive; medians of ${rounds} rounds of ${seconds} s; the driver, the router and the upstream share the cores`,
);
console.log(
  `${''.padEnd(22)}  CPU µs/req  requests/s  of direct   p50 µs   p99 µs | p50 µs   p99 µs with ${company} connections`,
);
for (const row of rows) {
  console.log(
    `${row.name.padEnd(22)}  ${show(row.cpu, 1)}  ${show(row.rate)}  ${show(row.rate / direct.rate, 2)} ${show(row.p50)}${show(row.p99)} |${show(row.busy50)}${show(row.busy99)}`,
  );
}
for (const row of rows.slice(1)) {
  console.log(
    `${row.name}: adds ${row.cpu.toFixed(1)} µs of CPU and ${(row.p50 - direct.p50).toFixed(0)} µs (p99 ${(row.p99 - direct.p99).toFixed(0)} µs) to a request that is alone`,
  );
}
for (const child of children) child.kill('SIGKILL');
