import { Agent, request } from 'node:http';
import type { Ask } from './replica.js';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json(): { code?: string; message?: string; requestId?: string; replica?: string; tag?: string; echo?: number };
}

export interface Call {
  method?: string;
  path?: string;
  key?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  agent?: Agent;
  signal?: AbortSignal;
}

/** One request over a connection of its own, or of `agent`. Rejects when there is no complete answer. */
export function call(
  url: string,
  { method = 'POST', path = '/api/v1/service/iris/score', key, headers, body = '{}', agent, signal }: Call = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, url), {
      method,
      agent: agent ?? false,
      ...(signal ? { signal } : {}),
      headers: { 'Content-Type': 'application/json', ...(key ? { Authorization: `Bearer ${key}` } : {}), ...headers },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: () => JSON.parse(text) as never });
      });
    });
    outgoing.end(method === 'GET' || method === 'HEAD' ? undefined : body);
  });
}

export const ask = (what: Ask): string => JSON.stringify(what);
