import createFetchClient, { type Client } from 'openapi-fetch';
import { SlipwayConnectionError, toApiError } from './errors.js';
import type { paths } from './generated/api.js';

export interface ClientOptions {
  /** Address of the gateway, without a trailing slash. */
  baseUrl: string;
  /** An API token, `slp_…`. */
  token: string;
  /** Limit of one request in milliseconds; default 30,000. */
  timeoutMs?: number;
  fetch?: (request: Request) => Promise<Response>;
}

export type SlipwayClient = Client<paths> & { readonly options: ClientOptions };

/** A typed client: one method a verb, paths and bodies checked against the OpenAPI document. */
export function createClient(options: ClientOptions): SlipwayClient {
  const send = options.fetch ?? fetch;
  const client = createFetchClient<paths>({
    baseUrl: options.baseUrl,
    headers: { Authorization: `Bearer ${options.token}` },
    fetch: async (request: Request) => {
      try {
        return await send(
          new Request(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(options.timeoutMs ?? 30_000)]) }),
        );
      } catch (cause) {
        if (request.signal.aborted) throw cause;
        throw new SlipwayConnectionError(`no answer from ${new URL(request.url).origin}`, { cause });
      }
    },
  });
  return Object.assign(client, { options });
}

/** The data of an answer. @throws SlipwayApiError for a refusal. */
export async function dataOf<Data>(
  answer: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<NonNullable<Data>> {
  const { data, error, response } = await answer;
  if (!response.ok || data === undefined || data === null) throw toApiError(response.status, error);
  return data;
}
