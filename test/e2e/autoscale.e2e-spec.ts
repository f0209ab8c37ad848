import { Agent, request } from 'node:http';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adder, type Endpoint, eventually, Stage } from '../stage.js';

interface Answer {
  sentAt: number;
  ms: number;
  status: number;
}
interface Decision {
  createdAt: string;
  from: number;
  to: number;
  kind: string;
  reason: string;
}

/** One replica answers one request at a time, in so many seconds. */
const runSeconds = 0.1;
const capacity = 1 / runSeconds;

/** Sends requests when their time has come, whether or not earlier ones were answered, and counts by itself. */
class Driver {
  readonly answers: Promise<Answer>[] = [];
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1_000 });

  constructor(private readonly endpoint: Endpoint) {}

  async run(perSecond: number, forMs: number): Promise<void> {
    const began = performance.now();
    for (let count = 0, now = 0; now < forMs; now = performance.now() - began) {
      for (; count < (now / 1_000) * perSecond; count += 1) this.answers.push(this.send());
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
  }

  async done(): Promise<Answer[]> {
    const all = await Promise.all(this.answers);
    this.agent.destroy();
    return all;
  }

  private send(): Promise<Answer> {
    const sentAt = Date.now();
    const start = performance.now();
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${this.endpoint.key}` };
    return new Promise((resolve) => {
      const end = (status: number): void => resolve({ sentAt, ms: performance.now() - start, status });
      const outgoing = request(this.endpoint.url, { method: 'POST', agent: this.agent, headers }, (incoming) => {
        incoming.resume().on('end', () => end(incoming.statusCode ?? 0));
        incoming.on('error', () => end(0));
      });
      outgoing.on('error', () => end(0));
      outgoing.end('{"values": [1, 2]}');
    });
  }
}

const percentile = (answers: readonly Answer[], share: number): number =>
  answers.map((answer) => answer.ms).sort((a, b) => a - b)[Math.ceil(answers.length * share) - 1] ?? Number.NaN;
/** Ids are UUIDv7: when they were made is in them. */
const madeAt = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

describe('the autoscaler', () => {
  const stage = new Stage({ SLIPWAY_SCALE_DOWN_SECONDS: '5' });

  beforeAll(async () => {
    writeFileSync(path.join(stage.work, 'score.py'), adder.script);
    writeFileSync(path.join(stage.work, 'weights.json'), adder.model(1));
    await stage.up();
  });
  afterAll(() => stage.close());

  const create = async (name: string, ...flags: string[]): Promise<Endpoint> => {
    const source = ['-f', 'score.py', '-m', 'weights.json', '-e', `RUN_SECONDS=${runSeconds}`];
    const service = await stage.json<{ scoringUri: string }>('service', 'create', name, ...source, ...flags);
    const { primaryKey } = await stage.json<{ primaryKey: string }>('service', 'keys', name);
    return { url: service.scoringUri, key: primaryKey };
  };
  const decisions = async (name: string): Promise<Decision[]> =>
    (await stage.ok('service', 'decisions', name, '-o', 'json'))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Decision);

  it('should follow a step from nothing to eight times the capacity of one replica without a failed request', async () => {
    const queue = ['--replica-max-queued-requests', '1000', '--timeout', '60000'];
    const flags = ['--autoscale-enabled', 'true', '--autoscale-max-replicas', '14', '--autoscale-refresh-period-seconds', '1'];
    const endpoint = await create('stepped', ...queue, ...flags, '--autoscale-target-utilization', '70');
    const calm = new Driver(endpoint);
    await calm.run(capacity / 5, 5_000);
    const base = percentile(await calm.done(), 0.99);

    const driver = new Driver(endpoint);
    const stepAt = Date.now();
    await driver.run(8 * capacity, 15_000);
    const all = await driver.done();
    const told = (await decisions('stepped')).filter((decision) => Date.parse(decision.createdAt) >= stepAt);
    const service = await stage.json<{ numReplicas: number; replicas: { id: string; since: string }[] }>(
      'service',
      'show',
      'stepped',
    );
    const [first] = service.replicas
      .map((replica) => madeAt(replica.id))
      .filter((at) => at >= stepAt)
      .sort((a, b) => a - b);
    const readyAt = Math.max(...service.replicas.map((replica) => Date.parse(replica.since)));
    const late = all.filter((answer) => answer.sentAt > stepAt + 12_000);
    const backAt = Math.max(0, ...all.filter((answer) => answer.ms > 2 * base).map((answer) => answer.sentAt - stepAt));
    process.stdout.write(
      `step 0 -> 8x: ${all.length} requests, base p99 ${base.toFixed(0)} ms; after the step: decision ${
        Date.parse(told[0]?.createdAt ?? '') - stepAt
      } ms, replica asked for ${(first ?? Number.NaN) - stepAt} ms, last replica ready ${readyAt - stepAt} ms, last answer above twice the base sent ${backAt} ms; p99 of the end ${percentile(late, 0.99).toFixed(0)} ms\n`,
    );

    expect(all.length).toBeGreaterThan(1_000);
    expect(all.filter((answer) => answer.status !== 200)).toEqual([]);
    expect(told[0]).toMatchObject({ kind: 'up', from: 1 });
    expect(told[0]!.reason).toMatch(/^[\d.]+ busy \+ [\d.]+ queued on 1 replicas x 1 is \d+ % of capacity, target 70 %/);
    expect(told.map((decision) => decision.from)).toEqual([1, ...told.map((decision) => decision.to)].slice(0, told.length));
    expect(service.numReplicas).toBeGreaterThanOrEqual(8);
    expect(first).toBeGreaterThanOrEqual(Date.parse(told[0]!.createdAt) - 50);
  });

  it('should go down again when the load is gone, and tell why', async () => {
    const words = await eventually(async () => {
      const [last] = (await decisions('stepped')).slice(-1);
      if (last?.to !== 1) throw new Error(`still ${last?.to} replicas`);
      return stage.ok('service', 'decisions', 'stepped', '-o', 'table');
    }, 60_000);
    expect(words).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d 1 -> \d+: /m);
    expect(words).toMatch(/\d+ -> 1: .* wanted in the last 5 s/);
  });

  it('should sleep at 0 replicas and let a request wait for its wake', async () => {
    const endpoint = await create('sleeper', '--autoscale-enabled', 'true', '--autoscale-min-replicas', '0');
    await eventually(async () => {
      const { replicas, numReplicas } = await stage.json<{ replicas: unknown[]; numReplicas: number }>(
        'service',
        'show',
        'sleeper',
      );
      if (numReplicas > 0 || replicas.length > 0) throw new Error('still awake');
    }, 60_000);
    const driver = new Driver(endpoint);
    await driver.run(5, 1_000);
    const all = await driver.done();
    expect(all.map((answer) => answer.status)).toEqual(all.map(() => 200));
    const wake = (await decisions('sleeper')).find((decision) => decision.kind === 'wake');
    expect(wake).toMatchObject({ from: 0, to: 1 });
    process.stdout.write(`wake from 0: first answer after ${all[0]!.ms.toFixed(0)} ms\n`);
  });

  it('should go on where it was when the deployer is killed in the middle, with each decision following the last', async () => {
    const queue = ['--replica-max-queued-requests', '1000', '--timeout', '60000'];
    const endpoint = await create('survives', ...queue, '--autoscale-enabled', 'true', '--autoscale-max-replicas', '8');
    const before = stage.pidOf('deployer');
    const driver = new Driver(endpoint);
    const load = driver.run(4 * capacity, 12_000);
    for (const afterMs of [700, 3_000]) {
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await eventually(() => stage.kill('deployer'), 20_000);
    }
    await load;
    const all = await driver.done();
    expect(all.filter((answer) => answer.status !== 200)).toEqual([]);
    await stage.restarted('deployer', before);
    const told = await eventually(async () => {
      const known = await decisions('survives');
      if (known.at(-1)?.to !== 1) throw new Error('not down again');
      return known;
    }, 60_000);
    expect(Math.max(...told.map((decision) => decision.to))).toBeGreaterThanOrEqual(4);
    expect(told.map((decision) => decision.from)).toEqual([1, ...told.map((decision) => decision.to)].slice(0, told.length));
  });

  it('should refuse a fixed number beside the autoscaler, and bounds that contradict each other', async () => {
    const both = await stage.run(['service', 'update', 'stepped', '-z', '3']);
    expect(both.code).not.toBe(0);
    expect(both.stderr).toContain('numReplicas 3 cannot be set while the autoscaler is on');
    const bounds = await stage.run(['service', 'update', 'stepped', '--autoscale-min-replicas', '20']);
    expect(bounds.stderr).toContain('minReplicas 20 is above maxReplicas 14');
    const fixed = await stage.json<{ numReplicas: number }>(
      'service',
      'update',
      'stepped',
      '--autoscale-enabled',
      'false',
      '-z',
      '2',
    );
    expect(fixed.numReplicas).toBe(2);
  });
});
