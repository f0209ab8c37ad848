import { setTimeout as sleep } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { send, type SlipwayClient } from './client.js';
import { isTransient, SlipwayConnectionError, toApiError } from './errors.js';
import type { components } from './generated/api.js';

export type FeedEntry = components['schemas']['FeedEntry'];
export type ScalingDecision = components['schemas']['ScalingDecision'];

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

/** A pause before a broken stream is opened again. */
const reconnectMs = 1_000;

/**
 * Events after the position `after` (default: only new ones), until `signal` ends it. A stream that breaks is opened again
 * where it was, without a gap or a repeat.
 * @throws SlipwayApiError for a refusal, SlipwayConnectionError when the first connection fails
 */
export async function* followEvents(
  client: SlipwayClient,
  account: string,
  after: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<FeedEntry> {
  const path = `/api/v1/accounts/${encodeURIComponent(account)}/events`;
  yield* followStream<FeedEntry, number>(client, path, after, Number, (entry) => entry.position, signal);
}

async function* followStream<Item, Position extends string | number>(
  client: SlipwayClient,
  path: string,
  after: Position | undefined,
  toPosition: (text: string) => Position,
  positionOf: (item: Item) => Position,
  signal: AbortSignal,
): AsyncGenerator<Item> {
  let position = after;
  let connected = false;
  while (!signal.aborted) {
    try {
      const search = position === undefined ? '' : `?after=${position}`;
      const stream = await open(client, path + search, 'text/event-stream', signal);
      connected = true;
      // The gateway says where a stream begins; one that breaks before its first event goes on from there.
      const onComment = (comment: string): void => {
        const start = /^ ?open at ([0-9a-f-]+)$/.exec(comment)?.[1];
        if (start !== undefined) position ??= toPosition(start);
      };
      for await (const event of decode(stream).pipeThrough(new EventSourceParserStream({ onComment }))) {
        const item = JSON.parse(event.data) as Item;
        position = positionOf(item);
        yield item;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!connected || !(isTransient(error) || error instanceof TypeError)) throw error;
    }
    await sleep(reconnectMs, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * What the autoscaler of a service decides after the decision `after` (default: only new ones), until `signal` ends it. A
 * stream that breaks is opened again where it was.
 * @throws as {@link followEvents}
 */
export async function* followDecisions(
  client: SlipwayClient,
  account: string,
  service: string,
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<ScalingDecision> {
  const path = `/api/v1/accounts/${encodeURIComponent(account)}/services/${encodeURIComponent(service)}/decisions`;
  yield* followStream<ScalingDecision, string>(
    client,
    path,
    after,
    (text) => text,
    (decision) => decision.id,
    signal,
  );
}

/**
 * Lines of a service's log, oldest first, as they come; with `follow: 'true'` until `signal` ends it.
 * @throws SlipwayApiError for a refusal, SlipwayConnectionError when the log breaks off
 */
export async function* readLog(
  client: SlipwayClient,
  account: string,
  service: string,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const search = new URLSearchParams(query).toString();
  const path = `/api/v1/accounts/${encodeURIComponent(account)}/services/${encodeURIComponent(service)}/logs?${search}`;
  for await (const line of lines(await open(client, path, 'application/x-ndjson', signal), signal))
    yield JSON.parse(line) as LogLine;
}

/**
 * Lines of an image's build log, as they come; with `follow` until the build ends.
 * @throws as {@link readLog}
 */
export async function* readImageLog(
  client: SlipwayClient,
  account: string,
  image: string,
  follow: boolean,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const path = `/api/v1/accounts/${encodeURIComponent(account)}/images/${encodeURIComponent(image)}/log?follow=${follow}`;
  yield* lines(await open(client, path, 'text/plain', signal), signal);
}

/** Lines that are not empty, the last one also without its end. */
async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>, signal: AbortSignal): AsyncGenerator<string> {
  let rest = '';
  try {
    for await (const chunk of decode(stream)) {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const line of parts) if (line.trim() !== '') yield line;
    }
  } catch (cause) {
    if (signal.aborted) return;
    throw new SlipwayConnectionError('the log broke off', { cause });
  }
  if (rest.trim() !== '') yield rest;
}

const decode = (stream: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<string> =>
  stream.pipeThrough(new TextDecoderStream());

async function open(
  client: SlipwayClient,
  path: string,
  accept: string,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const { baseUrl, token } = client.options;
  const request = new Request(baseUrl + path, { headers: { Authorization: `Bearer ${token}`, Accept: accept }, signal });
  const response = await send(request, client.options);
  if (!response.ok || !response.body) throw toApiError(response.status, await response.json().catch(() => undefined));
  return response.body;
}
