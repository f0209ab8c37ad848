import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreateService, DeleteService } from '#slipway/contracts';
import type { RunningService } from '#slipway/platform';
import { FakeRouter } from './fake-router.js';
import { eventually, makeStage, script, type Stage } from './fixture.js';

interface Line {
  time: string;
  stream?: string;
  message: string;
  replica: string;
}

describe('logs of services', () => {
  let stage: Stage;
  let deployer: RunningService;
  let router: FakeRouter;
  let id: string;
  beforeAll(async () => {
    stage = await makeStage();
    deployer = await stage.start();
    router = new FakeRouter(stage, () => deployer.url).start();
    await stage.registry.addImage('iris', 1, { 'score.py': script('one') });
    await stage.registry.addImage('fails', 1, {
      'score.py': script('two', 'print("words before", flush=True); open("missing.txt")'),
    });
    await stage.finish(await stage.send(CreateService, { name: 'iris', imageId: 'iris:1', numReplicas: 2 }));
    id = (await stage.service('iris')).id;
  });
  afterAll(async () => {
    router?.stop();
    await stage?.close();
  });
  const ask = async (ref: string, query = '', account = 'acme'): Promise<Response> =>
    fetch(`${deployer.url}/internal/services/${ref}/logs${query}`, { headers: { authorization: await stage.as(account) } });
  const read = async (ref: string, query = ''): Promise<Line[]> => parse(await (await ask(ref, query)).text());
  const parse = (text: string): Line[] =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  const replicas = async (): Promise<string[]> => (await stage.service('iris')).replicas.map((replica) => replica.id);
  const write = (replica: string, line: object): void =>
    appendFileSync(path.join(stage.home, 'logs/replicas', replica, 'replica.jsonl'), `${JSON.stringify(line)}\n`);
  const at = (ms: number): string => new Date(Date.now() + ms).toISOString();

  it('should merge the lines of all replicas in the order of time', async () => {
    const [one, two] = await replicas();
    write(one!, { time: at(1_000), requestId: 'q1', message: 'first', replica: one });
    write(two!, { time: at(2_000), requestId: 'q2', message: 'second', replica: two });
    write(one!, { time: at(3_000), requestId: 'q1', message: 'third', replica: one });
    const lines = await read(id);
    expect(lines.slice(-3).map((line) => line.message)).toEqual(['first', 'second', 'third']);
    expect(lines.filter((line) => line.message === 'ready')).toHaveLength(2);
    expect((await read('iris', '?maxLines=2')).map((line) => line.message)).toEqual(['second', 'third']);
    expect((await read(id, '?requestId=q1')).map((line) => line.message)).toEqual(['first', 'third']);
  });

  it('should follow, also replicas that start later', async () => {
    const controller = new AbortController();
    const answer = await fetch(`${deployer.url}/internal/services/${id}/logs?follow=true&maxLines=1`, {
      headers: { authorization: await stage.as('acme') },
      signal: controller.signal,
    });
    let text = '';
    const reading = (async () => {
      for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) text += chunk;
    })().catch(() => undefined);
    await eventually(() => expect(parse(text).map((line) => line.message)).toEqual(['third']));
    const [one] = await replicas();
    write(one!, { time: at(4_000), requestId: null, message: 'fresh', replica: one });
    await eventually(() => expect(parse(text).map((line) => line.message)).toEqual(['third', 'fresh']));
    const [row] = await stage.query<{ pid: number }>(
      `SELECT split_part(identity, '/', 1)::integer AS pid FROM replica WHERE id = $1`,
      [one],
    );
    process.kill(row!.pid, 'SIGKILL');
    await eventually(() => expect(parse(text).at(-1)?.message).toBe('ready'));
    expect([one]).not.toContain(parse(text).at(-1)?.replica);
    controller.abort();
    await reading;
    // What the dead one wrote is still there, by itself too.
    expect((await read(id)).map((line) => line.message)).toContain('fresh');
    expect(new Set((await read(id, '?previous=true')).map((line) => line.replica))).toEqual(new Set([one]));
  });

  it('should show why a service never started', async () => {
    const operation = await stage.finish(await stage.send(CreateService, { name: 'fails', imageId: 'fails:1' }));
    expect(operation.state).toBe('Failed');
    const lines = await read('fails');
    expect(lines.map((line) => line.message).join('\n')).toContain('FileNotFoundError');
    // What was printed before the runtime had its log comes from the file that the process was started with.
    expect(lines.filter((line) => line.stream === 'boot').map((line) => line.message)).toContain('words before');
  });

  it('should be read by nobody else, and refuse what it does not know', async () => {
    expect((await ask(id, '', 'other')).status).toBe(404);
    expect((await ask(id, '?maxLines=none')).status).toBe(400);
    expect((await ask('nothing')).status).toBe(404);
    expect((await fetch(`${deployer.url}/internal/services/${id}/logs`)).status).toBe(401);
    await stage.send(DeleteService, { ref: 'iris' });
    expect((await ask(id)).status).toBe(404);
  });
});
