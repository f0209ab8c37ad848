import { Agent, request } from 'node:http';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adder, type Endpoint, Stage } from '../stage.js';

interface Answer {
  sentAt: number;
  status: number;
  bias: number | undefined;
  error: string | undefined;
}

const ratePerSecond = 200;

/** Sends one request and never repeats it; `agent` undefined opens a connection of its own. */
function send(endpoint: Endpoint, agent: Agent | undefined): Promise<Answer> {
  const sentAt = Date.now();
  return new Promise((resolve) => {
    const outgoing = request(
      endpoint.url,
      {
        method: 'POST',
        agent: agent ?? false,
        headers: {
          'Content-Type': 'application/json',
          Authorization: `Bearer ${endpoint.key}`,
          ...(agent ? {} : { Connection: 'close' }),
        },
      },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        incoming.on('end', () =>
          resolve({
            sentAt,
            status: incoming.statusCode ?? 0,
            bias: incoming.statusCode === 200 ? (JSON.parse(text) as { bias: number }).bias : undefined,
            error: incoming.statusCode === 200 ? undefined : text,
          }),
        );
        incoming.on('error', (error) => resolve({ sentAt, status: 0, bias: undefined, error: error.message }));
      },
    );
    outgoing.on('error', (error) => resolve({ sentAt, status: 0, bias: undefined, error: error.message }));
    outgoing.end('{"values": [1, 2]}');
  });
}

describe('service update under load', () => {
  const stage = new Stage();
  let endpoint: Endpoint;

  beforeAll(async () => {
    writeFileSync(path.join(stage.work, 'score.py'), adder.script);
    writeFileSync(path.join(stage.work, 'weights.json'), adder.model(1));
    writeFileSync(path.join(stage.work, 'new.json'), adder.model(2));
    await stage.up();
    const settings = ['-z', '8', '--replica-max-concurrent-requests', '1', '-e', 'INIT_SECONDS=2', '-e', 'RUN_SECONDS=0.02'];
    const service = await stage.json<{ scoringUri: string }>(
      'service',
      'create',
      'adder',
      '-f',
      'score.py',
      '-m',
      'weights.json',
      ...settings,
    );
    const { primaryKey } = await stage.json<{ primaryKey: string }>('service', 'keys', 'adder');
    endpoint = { url: service.scoringUri, key: primaryKey };
  });
  afterAll(() => stage.close());

  it('should fail no request, keep URL and keys, and give no old answer after it has succeeded', async () => {
    const keysBefore = await stage.json('service', 'keys', 'adder');
    const agent = new Agent({ keepAlive: true, maxSockets: 64 });
    const answers: Promise<Answer>[] = [];
    let count = 0;
    const began = performance.now();
    // Open loop: a request leaves when its time has come, whether or not the earlier ones were answered.
    const timer = setInterval(() => {
      const due = ((performance.now() - began) / 1000) * ratePerSecond;
      for (; count < due; count += 1) answers.push(send(endpoint, count % 2 === 0 ? agent : undefined));
    }, 5);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const updated = await stage.json<{ scoringUri: string; revision: number }>('service', 'update', 'adder', '-m', 'new.json');
    const succeededAt = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    clearInterval(timer);
    const all = await Promise.all(answers);
    agent.destroy();

    expect(all.length).toBeGreaterThan(3 * ratePerSecond);
    expect(all.filter((answer) => answer.status !== 200)).toEqual([]);
    expect(new Set(all.map((answer) => answer.bias))).toEqual(new Set([1, 2]));
    expect(all.filter((answer) => answer.sentAt > succeededAt && answer.bias !== 2)).toEqual([]);
    expect(updated).toMatchObject({ scoringUri: endpoint.url, revision: 2 });
    expect(await stage.json('service', 'keys', 'adder')).toEqual(keysBefore);
  });
});
