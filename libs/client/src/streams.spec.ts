import { describe, expect, it } from 'vitest';
import { createClient } from './client.js';
import { followDecisions, followEvents, readImageLog, readLog } from './streams.js';

function clientOf(answers: ((request: Request) => Response)[]) {
  const asked: string[] = [];
  const client = createClient({
    baseUrl: 'http://127.0.0.1:1',
    token: 'slp_test',
    fetch: (request) => {
      asked.push(new URL(request.url).search);
      return Promise.resolve(answers[Math.min(asked.length, answers.length) - 1]!(request));
    },
  });
  return { client, asked };
}
/** A body of these parts that breaks at its end, or ends. */
const body = (parts: string[], breaks: boolean) => (): Response => {
  const source = parts.map((part) => new TextEncoder().encode(part));
  return new Response(
    new ReadableStream<Uint8Array>({
      pull(controller) {
        const part = source.shift();
        if (part) controller.enqueue(part);
        else if (breaks) controller.error(new TypeError('terminated'));
        else controller.close();
      },
    }),
  );
};
const event = (position: number): string => `id: ${position}\ndata: {"position":${position}}\n\n`;
const refusal = (status: number) => (): Response =>
  Response.json({ code: 'x', message: 'y', statusCode: status, details: [], requestId: '' }, { status });

describe(followEvents.name, () => {
  it('should go on where a broken stream was, and where it began when nothing had come', async () => {
    const { client, asked } = clientOf([
      body(['retry: 1\nid: 7\n: open at 7\n\n'], true),
      body([': open at 7\n\n', event(8).slice(0, 9), `${event(8).slice(9)}${event(9)}`], true),
      refusal(503),
      body([event(10)], false),
    ]);
    const stop = new AbortController();
    const seen: number[] = [];
    for await (const entry of followEvents(client, 'default', undefined, stop.signal)) {
      seen.push(entry.position);
      if (entry.position === 10) stop.abort();
    }
    expect(seen).toEqual([8, 9, 10]);
    expect(asked).toEqual(['', '?after=7', '?after=9', '?after=9']);
  });

  it('should end with a refusal', async () => {
    const { client } = clientOf([refusal(401)]);
    await expect(followEvents(client, 'default', 0, new AbortController().signal).next()).rejects.toMatchObject({ status: 401 });
  });
});

describe(followDecisions.name, () => {
  it('should go on after the last decision that came', async () => {
    const [a, b] = ['01a21ca8-9658-79b9-ab31-1605fe6c0fbc', '01a21ca8-9659-79b9-ab31-1605fe6c0fbc'];
    const decided = (id: string): string => `id: ${id}\ndata: {"id":"${id}"}\n\n`;
    const { client, asked } = clientOf([body([`: open at ${a}\n\n`], true), body([decided(b)], true), body([decided(a)], false)]);
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const decision of followDecisions(client, 'default', 'iris', undefined, stop.signal)) {
      seen.push(decision.id);
      if (seen.length === 2) stop.abort();
    }
    expect(seen).toEqual([b, a]);
    expect(asked).toEqual(['', `?after=${a}`, `?after=${b}`]);
  });
});

describe(readLog.name, () => {
  const read = async (lines: AsyncGenerator<unknown>): Promise<unknown[]> => {
    const found: unknown[] = [];
    for await (const line of lines) found.push(line);
    return found;
  };

  it('should put lines together, and take a last one without its end', async () => {
    const { client } = clientOf([body(['{"message":"ü', 'b"}\n\n{"mess', 'age":"b"}'], false)]);
    const lines = await read(readLog(client, 'default', 'iris', {}, new AbortController().signal));
    expect(lines).toEqual([{ message: 'üb' }, { message: 'b' }]);
    const build = clientOf([body(['one\ntw', 'o\n'], false)]);
    const log = await read(readImageLog(build.client, 'default', 'iris', true, new AbortController().signal));
    expect(log).toEqual(['one', 'two']);
    expect(build.asked).toEqual(['?follow=true']);
  });

  it('should say when a log breaks off', async () => {
    const { client } = clientOf([body(['{"message":"a"}\n'], true)]);
    await expect(read(readLog(client, 'default', 'iris', {}, new AbortController().signal))).rejects.toThrow('the log broke off');
  });
});
