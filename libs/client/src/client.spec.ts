import { describe, expect, it } from 'vitest';
import { createClient, dataOf } from './client.js';
import { SlipwayConnectionError } from './errors.js';

function makeClient(answers: (() => Response | Error)[], limits: { retryMs?: number; reconnectMs?: number } = {}) {
  const sent: Request[] = [];
  const client = createClient({
    baseUrl: 'http://127.0.0.1:1',
    token: 'slp_test',
    ...limits,
    fetch: (request) => {
      sent.push(request);
      const answer = answers[Math.min(sent.length, answers.length) - 1]!();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  });
  return { client, sent };
}

const json = (status: number, body: unknown) => () => Response.json(body, { status });
const away = json(503, { code: 'service_unavailable', message: 'away', statusCode: 503, details: [], requestId: 'r' });
const path = { params: { path: { account: 'default' } } };
const keyed = {
  params: { path: { account: 'default' }, header: { 'Idempotency-Key': 'k' } },
  body: { name: 'iris', manifestId: 'iris' },
};

describe(createClient.name, () => {
  it('should ask again while a service is away, and send the same body', async () => {
    const { client, sent } = makeClient([
      away,
      () => new Error('refused'),
      json(202, { operationId: 'image-x', resourceId: 'y' }),
    ]);
    await dataOf(client.POST('/api/v1/accounts/{account}/images', keyed));
    expect(await Promise.all(sent.map((request) => request.text()))).toEqual(Array(3).fill(JSON.stringify(keyed.body)));
    expect(sent[2]!.headers.get('Idempotency-Key')).toBe('k');
  });

  it('should not repeat a change without a key', async () => {
    const { client, sent } = makeClient([away]);
    const answer = client.POST('/api/v1/accounts/{account}/images', { ...path, body: keyed.body });
    await expect(dataOf(answer)).rejects.toMatchObject({ code: 'service_unavailable', status: 503, requestId: 'r' });
    expect(sent).toHaveLength(1);
  });

  it('should give up when the time is over', async () => {
    const { client, sent } = makeClient([() => new Error('refused')], { reconnectMs: 300 });
    await expect(dataOf(client.GET('/api/v1/accounts/{account}/models', path))).rejects.toBeInstanceOf(SlipwayConnectionError);
    expect(sent.length).toBeGreaterThan(1);
  });

  it('should not repeat what was refused for good', async () => {
    const { client, sent } = makeClient([
      json(404, { code: 'not_found', message: 'no', statusCode: 404, details: [], requestId: '' }),
    ]);
    await expect(dataOf(client.GET('/api/v1/accounts/{account}/models', path))).rejects.toMatchObject({ code: 'not_found' });
    expect(sent).toHaveLength(1);
  });
});
