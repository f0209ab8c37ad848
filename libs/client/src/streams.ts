import { EventSourceParserStream } from 'eventsource-parser/stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SlipwayClient } from './client.js';
import { SlipwayConnectionError, toApiError } from './errors.js';
import type { components } from './generated/api.js';

export type FeedEntry = components['schemas']['FeedEntry'];

/** One line of a replica's log. */
export interface LogLine {
  time: string;
  level: string;
  stream?: string;
  requestId?: string | null;
  replica?: string;
  revision?: string;
  message: string;
}

const reconnectMs = 1_000;

/** Events after `after` (default: only new ones), until `signal` ends it; a lost connection goes on where it was. */
export async function* followEvents(
  client: SlipwayClient,
  account: string,
  after: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<FeedEntry> {
  let position = after;
  let connected = false;
  while (!signal.aborted) {
    try {
      const search = position === undefined ? '' : `?after=${position}`;
      const response = await open(
        client,
        `/api/v1/accounts/${encodeURIComponent(account)}/events${search}`,
        'text/event-stream',
        signal,
      );
      connected = true;
      for await (const event of response.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())) {
        const entry = JSON.parse(event.data) as FeedEntry;
        position = entry.position;
        yield entry;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!connected || error instanceof SyntaxError || (error instanceof Error && error.name === 'SlipwayApiError')) throw error;
    }
    await sleep(reconnectMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Lines of a service's log, as they come. */
export async function* readLog(
  client: SlipwayClient,
  account: string,
  service: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const search = new URLSearchParams(query).toString();
  const stream = await open(
    client,
    `/api/v1/accounts/${encodeURIComponent(account)}/services/${encodeURIComponent(service)}/logs?${search}`,
    'application/x-ndjson',
    signal,
  );
  let rest = '';
  try {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as LogLine;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function open(
  client: SlipwayClient,
  path: string,
  accept: string,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const { baseUrl, token } = client.options;
  let response: Response;
  try {
    response = await fetch(baseUrl + path, { headers: { Authorization: `Bearer ${token}`, Accept: accept }, signal });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new SlipwayConnectionError(`no answer from ${baseUrl}`, { cause });
  }
  if (!response.ok || !response.body) throw toApiError(response.status, await response.json().catch(() => undefined));
  return response.body;
}
