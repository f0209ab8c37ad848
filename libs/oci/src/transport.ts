import { setTimeout as sleep } from 'node:timers/promises';
import { DistributionError } from './errors.js';

export interface DistributionClientOptions {
  /** Where `/v2/` is: `http://127.0.0.1:5080`. */
  baseUrl: string;
  /** The value of the `Authorization` header; a function is asked before every request, and once more after a 401; empty for none. Sent to `baseUrl`'s origin only. */
  authorization?: string | (() => Promise<string> | string);
  fetch?: typeof fetch;
  /** Tries of one step before its error is thrown; default 6. */
  attempts?: number;
  /** The most that is waited before the second try; doubled, up to 5 s, for each next one; default 100 ms. */
  firstDelayMs?: number;
  /** No further try starts this long after the last progress; default 120,000 ms. */
  deadlineMs?: number;
  /** For an answer's headers, and for each next part of its body; default 60,000 ms. */
  timeoutMs?: number;
  /** Of one upload request; default 8 MiB, held in memory. */
  chunkBytes?: number;
}

export interface Exchange {
  method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT';
  url: URL;
  headers?: Record<string, string>;
  body?: Uint8Array;
  signal?: AbortSignal;
  /** Statuses that are answers; every other one is thrown as a `DistributionError`. */
  expect: readonly number[];
}

/** An answer whose body is read under the same time limit and signal as its headers were awaited. */
export interface Answer {
  status: number;
  headers: Headers;
  url: URL;
  chunks(): AsyncGenerator<Buffer>;
  /** The whole body; more than `limit` bytes are an error. */
  bytes(limit: number): Promise<Buffer>;
  discard(): Promise<void>;
}

const maxErrorBytes = 64 * 1024;
const maxDelayMs = 5_000;
/** So much new content makes earlier failures forgotten; less could keep a broken line busy for ever. */
const progressBytes = 2 ** 20;

/** One HTTP exchange at a time: authorization, time limits, errors. */
export class Transport {
  readonly base: URL;
  private readonly timeoutMs: number;
  private readonly fetch: typeof fetch;

  constructor(private readonly options: DistributionClientOptions) {
    this.base = new URL(options.baseUrl.endsWith('/') ? options.baseUrl : `${options.baseUrl}/`);
    this.timeoutMs = options.timeoutMs ?? 60_000;
    this.fetch = options.fetch ?? globalThis.fetch;
  }

  url(path: string): URL {
    return new URL(`v2/${path}`, this.base);
  }

  retry(signal?: AbortSignal): Retry {
    const { attempts = 6, firstDelayMs = 100, deadlineMs = 120_000 } = this.options;
    return new Retry({ attempts, firstDelayMs, deadlineMs }, signal);
  }

  async send(exchange: Exchange): Promise<Answer> {
    const answer = await this.once(exchange);
    if (answer.status === 401 && typeof this.options.authorization === 'function' && exchange.url.origin === this.base.origin) {
      await answer.discard();
      return this.accept(await this.once(exchange), exchange);
    }
    return this.accept(answer, exchange);
  }

  private async once(exchange: Exchange): Promise<Answer> {
    const { method, url, body, signal } = exchange;
    signal?.throwIfAborted();
    const headers = { 'accept-encoding': 'identity', ...exchange.headers, ...(await this.authorize(url)) };
    const guard = new Guard(this.timeoutMs, signal);
    const name = `${method} ${url.origin}${url.pathname}`;
    try {
      const response = await guard.during(this.fetch(url, { method, headers, body, signal: guard.signal }));
      return toAnswer(response, guard, name, url);
    } catch (error) {
      throw unreachable(name, error, signal);
    }
  }

  private async authorize(url: URL): Promise<Record<string, string>> {
    const { authorization } = this.options;
    // An upload's Location may lead to another host, which must not see our token.
    if (authorization === undefined || url.origin !== this.base.origin) return {};
    const value = typeof authorization === 'string' ? authorization : await authorization();
    return value === '' ? {} : { authorization: value };
  }

  private async accept(answer: Answer, { method, url, expect }: Exchange): Promise<Answer> {
    if (expect.includes(answer.status)) return answer;
    const text = (await answer.bytes(maxErrorBytes).catch(() => Buffer.alloc(0))).toString();
    const { code, message } = readError(text, answer.status);
    const retryAfter = Number(answer.headers.get('retry-after') ?? Number.NaN);
    throw new DistributionError(
      answer.status,
      code,
      `${method} ${url.origin}${url.pathname} was answered with ${answer.status} ${message}`,
      {
        retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1000 : undefined,
      },
    );
  }
}

/** Decides whether a failed step is tried again, and waits with jitter before it is. */
export class Retry {
  private tries = 0;
  private received = 0;
  private lastProgress = Date.now();

  constructor(
    private readonly limits: { attempts: number; firstDelayMs: number; deadlineMs: number },
    private readonly signal: AbortSignal | undefined,
  ) {}

  progressed(bytes: number): void {
    this.received += bytes;
    if (this.received < progressBytes) return;
    this.received = 0;
    this.tries = 0;
    this.lastProgress = Date.now();
  }

  /** Resolves when it is time for the next try; throws the error when there is none. */
  async after(error: unknown, options: { always?: boolean } = {}): Promise<void> {
    this.signal?.throwIfAborted();
    if (!(options.always || isPassing(error))) throw error;
    this.tries += 1;
    const asked = error instanceof DistributionError ? error.retryAfterMs : undefined;
    const { attempts, firstDelayMs, deadlineMs } = this.limits;
    const delay = asked ?? Math.random() * Math.min(maxDelayMs, firstDelayMs * 2 ** (this.tries - 1));
    if (this.tries >= attempts || Date.now() + delay - this.lastProgress > deadlineMs) throw error;
    await sleep(delay, undefined, { signal: this.signal });
  }

  async run<T>(step: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await step();
      } catch (error) {
        await this.after(error);
      }
    }
  }
}

/** A full disk (507) or a missing feature (501, 505) does not pass by itself. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof DistributionError)) return false;
  const { status, code } = error;
  return code === 'UNREACHABLE' || status === 408 || status === 429 || (status >= 500 && ![501, 505, 507].includes(status));
}

/**
 * Ends an exchange on the caller's signal, or when the other side lets us wait too long; the time in which we work ourselves does not
 * count. It rejects by itself and doesn't wait for `fetch` to notice: a test of an abort hung once while it did, for a cause not found.
 */
class Guard {
  private readonly controller = new AbortController();

  constructor(
    private readonly timeoutMs: number,
    readonly outer: AbortSignal | undefined,
  ) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  during<T>(step: Promise<T>): Promise<T> {
    const { controller, outer, timeoutMs } = this;
    return new Promise<T>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        outer?.removeEventListener('abort', leave);
      };
      const stop = (reason: unknown): void => {
        settle();
        reject(reason as Error);
        controller.abort(reason);
      };
      const leave = (): void => stop(outer?.reason);
      const timer = setTimeout(() => stop(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      outer?.addEventListener('abort', leave);
      step.then(resolve, reject).finally(settle);
      if (outer?.aborted) leave();
    });
  }
}

function toAnswer(response: Response, guard: Guard, name: string, url: URL): Answer {
  async function* chunks(): AsyncGenerator<Buffer> {
    if (!response.body) return;
    const reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    let ended = false;
    try {
      for (;;) {
        const { done, value } = await guard.during(reader.read()).catch((error: unknown) => {
          throw unreachable(name, error, guard.outer);
        });
        ended = done;
        if (done) return;
        yield Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      }
    } finally {
      if (!ended) reader.cancel().catch(() => undefined);
    }
  }
  return {
    status: response.status,
    headers: response.headers,
    url,
    chunks,
    async bytes(limit) {
      const parts: Buffer[] = [];
      let size = 0;
      for await (const part of chunks()) {
        size += part.length;
        if (size > limit)
          throw new DistributionError(response.status, 'RESPONSE_INVALID', `${name} was answered with more than ${limit} bytes`);
        parts.push(part);
      }
      return Buffer.concat(parts);
    },
    async discard() {
      await response.body?.cancel().catch(() => undefined);
    },
  };
}

function unreachable(name: string, error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const why = cause?.code ?? cause?.message ?? (error as Error).message;
  return new DistributionError(0, 'UNREACHABLE', `${name} failed: ${why}`, { cause: error });
}

/** The OCI form `{"errors":[{code,message}]}`, or the `{code,message}` of a gateway in front. */
function readError(text: string, status: number): { code: string; message: string } {
  try {
    const body = JSON.parse(text) as {
      errors?: { code?: unknown; message?: unknown }[];
      code?: unknown;
      message?: unknown;
    } | null;
    const first = body?.errors?.[0] ?? body;
    if (typeof first?.code === 'string')
      return { code: first.code, message: `${first.code}: ${typeof first.message === 'string' ? first.message : 'no message'}` };
  } catch {
    // not JSON: the status has to do
  }
  return { code: `HTTP_${status}`, message: text.trim() === '' ? '(no message)' : JSON.stringify(text.trim().slice(0, 200)) };
}
