import { setTimeout as sleep } from 'node:timers/promises';
import createFetchClient, { type Client } from 'openapi-fetch';
import { SlipwayConnectionError, toApiError } from './errors.js';
import type { paths } from './generated/api.js';

export interface ClientOptions {
  /** Address of the gateway, without a trailing slash. */
  baseUrl: string;
  /** An API token, `slp_…`. */
  token: string;
  /** Limit of one request in milliseconds; default 60,000. Streams have none. */
  timeoutMs?: number;
  /** How long a gateway that says 429, 502, 503 or 504 is asked again, in milliseconds; default 30,000. */
  retryMs?: number;
  /** How long one that does not answer at all is asked again; default 5,000. */
  reconnectMs?: number;
  fetch?: (request: Request) => Promise<Response>;
}

export type SlipwayClient = Client<paths> & { readonly options: ClientOptions };

/**
 * A typed client: one method a verb, paths and bodies checked against the OpenAPI document. A read, and a change that
 * carries an Idempotency-Key, is repeated while the gateway or a service behind it is away.
 */
export function createClient(options: ClientOptions): SlipwayClient {
  const client = createFetchClient<paths>({
    baseUrl: options.baseUrl,
    headers: { Authorization: `Bearer ${options.token}` },
    fetch: (request: Request) => sendWithRetries(request, options),
  });
  return Object.assign(client, { options });
}

/** Above the gateway's own deadlines, so that its answer says what happened. */
const defaultTimeoutMs = 60_000;
const busy = new Set([429, 502, 503, 504]);
const firstPauseMs = 200;
const longestPauseMs = 2_000;

async function sendWithRetries(request: Request, options: ClientOptions): Promise<Response> {
  const repeatable = request.method === 'GET' || request.headers.has('Idempotency-Key');
  const began = Date.now();
  for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, longestPauseMs)) {
    const patience = (limitMs: number): boolean => repeatable && Date.now() - began < limitMs;
    let response: Response;
    try {
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs)]);
      response = await send(new Request(request.clone(), { signal }), options, request.signal);
    } catch (error) {
      if (!(error instanceof SlipwayConnectionError) || !patience(options.reconnectMs ?? 5_000)) throw error;
      await sleep(pause * (0.5 + Math.random() / 2), undefined, { signal: request.signal });
      continue;
    }
    if (!busy.has(response.status) || !patience(options.retryMs ?? 30_000)) return response;
    await response.body?.cancel();
    await sleep(pause * (0.5 + Math.random() / 2), undefined, { signal: request.signal });
  }
}

/**
 * Sends a request once, as the options say.
 * @param caller ends the request for a reason of the caller's own, which is thrown as it is
 * @throws SlipwayConnectionError when there is no answer
 */
export async function send(request: Request, options: ClientOptions, caller: AbortSignal = request.signal): Promise<Response> {
  try {
    return await (options.fetch ?? fetch)(request);
  } catch (cause) {
    if (caller.aborted) throw cause;
    throw new SlipwayConnectionError(`no answer from ${new URL(request.url).origin}`, { cause });
  }
}

/** The data of an answer. @throws SlipwayApiError for a refusal. */
export async function dataOf<Data>(
  answer: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<NonNullable<Data>> {
  const { data, error, response } = await answer;
  if (!response.ok || data === undefined || data === null) throw toApiError(response.status, error);
  return data;
}
