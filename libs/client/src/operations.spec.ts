import { describe, expect, it } from 'vitest';
import { createClient } from './client.js';
import { type Operation, OperationTimeout, waitForOperation } from './operations.js';

const operation = (state: Operation['state']): Operation => ({
  id: 'image-x',
  operationType: 'Image',
  state,
  resourceLocation: null,
  progress: null,
  createdTime: '2026-01-01T00:00:00.000Z',
  endTime: null,
  error: null,
});
const refusal = (status: number, code: string) => (): Response =>
  Response.json({ code, message: code, statusCode: status, details: [], requestId: 'r' }, { status });

function clientOf(answers: (() => Response)[]) {
  let asked = 0;
  return createClient({
    baseUrl: 'http://127.0.0.1:1',
    token: 'slp_test',
    retryMs: 0,
    reconnectMs: 0,
    fetch: () => {
      const answer = answers[Math.min(asked, answers.length - 1)]!;
      asked += 1;
      try {
        return Promise.resolve(answer());
      } catch (error) {
        return Promise.reject(error as Error);
      }
    },
  });
}
const answer = (state: Operation['state']) => (): Response => Response.json(operation(state));

describe(waitForOperation.name, () => {
  it('should ask until the operation has ended, also through times without an answer', async () => {
    const away = (): Response => {
      throw new TypeError('fetch failed');
    };
    const client = clientOf([
      answer('NotStarted'),
      away,
      refusal(503, 'service_unavailable'),
      answer('Running'),
      answer('Failed'),
    ]);
    const states: string[] = [];
    const ended = await waitForOperation(client, 'default', 'image-x', {
      intervalMs: 1,
      onProgress: ({ state }) => states.push(state),
    });
    expect(ended.state).toBe('Failed');
    expect(states).toEqual(['NotStarted', 'Running', 'Failed']);
  });

  it('should end with what is refused for good', async () => {
    const waiting = waitForOperation(clientOf([refusal(404, 'not_found')]), 'default', 'image-x', { intervalMs: 1 });
    await expect(waiting).rejects.toMatchObject({ status: 404, code: 'not_found', requestId: 'r' });
  });

  it('should say that it goes on when the time is over, and stop when it is told to', async () => {
    const client = clientOf([answer('Running')]);
    await expect(waitForOperation(client, 'default', 'image-x', { intervalMs: 1, timeoutMs: 20 })).rejects.toBeInstanceOf(
      OperationTimeout,
    );
    const stop = new AbortController();
    const waiting = waitForOperation(client, 'default', 'image-x', { intervalMs: 1, signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow();
  });
});
