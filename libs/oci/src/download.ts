import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Digest } from './digest.js';
import { DigestMismatchError, DistributionError } from './errors.js';
import type { Answer, Retry, Transport } from './transport.js';

/** Bytes `start` to `end`, both included; without `end` up to the last one. */
export interface ByteRange {
  start: number;
  end?: number;
}

export interface BlobDownload {
  stream: Readable;
  /** Bytes to come; unknown if the registry didn't say. */
  size: number | undefined;
}

/** Opens a blob. The stream goes on by itself after a cut, and fails at its end if the bytes are not those of the digest. */
export async function openBlob(
  transport: Transport,
  url: URL,
  digest: Digest,
  range?: ByteRange,
  signal?: AbortSignal,
): Promise<BlobDownload> {
  const ended = new AbortController();
  const leave = (): void => ended.abort(signal?.reason);
  signal?.addEventListener('abort', leave);
  if (signal?.aborted) leave();
  const close = (): void => {
    signal?.removeEventListener('abort', leave);
    // A stream that is dropped before it was read must let go of its connection too.
    ended.abort(new Error('the download was dropped'));
  };
  const retry = transport.retry(ended.signal);
  const download = new Download(transport, url, digest, range, ended.signal, retry);
  try {
    await retry.run(() => download.open());
  } catch (error) {
    close();
    throw error;
  }
  const stream = Readable.from(download.content(), { objectMode: false });
  stream.once('close', close);
  return { stream, size: download.size };
}

class Download {
  /** Of the next byte wanted. */
  private offset: number;
  /** One past the last byte wanted. */
  private end: number | undefined;
  private answer: Answer | undefined;
  /** Bytes of the present answer that we have already. */
  private skip = 0;

  constructor(
    private readonly transport: Transport,
    private readonly url: URL,
    private readonly digest: Digest,
    private readonly range: ByteRange | undefined,
    private readonly signal: AbortSignal,
    private readonly retry: Retry,
  ) {
    this.offset = range?.start ?? 0;
    this.end = range?.end === undefined ? undefined : range.end + 1;
  }

  get size(): number | undefined {
    return this.end === undefined ? undefined : this.end - (this.range?.start ?? 0);
  }

  async open(): Promise<void> {
    const partial = this.offset > 0 || this.range !== undefined;
    const last = this.end === undefined ? '' : this.end - 1;
    const headers: Record<string, string> = partial ? { range: `bytes=${this.offset}-${last}` } : {};
    const answer = await this.transport.send({
      method: 'GET',
      url: this.url,
      headers,
      signal: this.signal,
      expect: partial ? [200, 206] : [200],
    });
    const { start, end, total } = extentOf(answer);
    if (start > this.offset) {
      await answer.discard();
      throw this.wrong(`starts at byte ${start}, not ${this.offset}`);
    }
    this.skip = this.offset - start;
    const known = this.end ?? end;
    this.end = known !== undefined && total !== undefined ? Math.min(known, total) : known;
    this.answer = answer;
  }

  async *content(): AsyncGenerator<Buffer> {
    const hash = this.range ? undefined : createHash('sha256');
    for (;;) {
      try {
        if (!this.answer) await this.open();
        for await (const chunk of this.answer!.chunks()) {
          const fresh = this.take(chunk);
          if (fresh.length === 0) continue;
          this.offset += fresh.length;
          this.retry.progressed(fresh.length);
          hash?.update(fresh);
          yield fresh;
          if (this.range && this.offset === this.end) return;
        }
        if (this.end !== undefined && this.offset < this.end) {
          throw new DistributionError(
            0,
            'UNREACHABLE',
            `GET ${this.url.pathname} ended after ${this.offset} of ${this.end} bytes`,
          );
        }
        break;
      } catch (error) {
        this.answer = undefined;
        await this.retry.after(error);
      }
    }
    const actual: Digest | undefined = hash && `sha256:${hash.digest('hex')}`;
    if (actual !== undefined && actual !== this.digest)
      throw new DigestMismatchError(`the blob from ${this.url.pathname}`, this.digest, actual);
  }

  private take(chunk: Buffer): Buffer {
    const known = Math.min(this.skip, chunk.length);
    this.skip -= known;
    const fresh = chunk.subarray(known);
    if (this.end === undefined || this.offset + fresh.length <= this.end) return fresh;
    // A registry without ranges sends the rest of the blob too.
    if (this.range) return fresh.subarray(0, this.end - this.offset);
    throw this.wrong(`is longer than the ${this.end} bytes promised`);
  }

  private wrong(how: string): DistributionError {
    return new DistributionError(0, 'RESPONSE_INVALID', `the answer to GET ${this.url.pathname} ${how}`);
  }
}

/** Which bytes of the blob an answer carries: `end` is one past the last, `total` the blob's size; unknown parts are undefined. */
function extentOf(answer: Answer): { start: number; end: number | undefined; total: number | undefined } {
  if (answer.status === 206) {
    const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(answer.headers.get('content-range') ?? '');
    if (!match)
      throw new DistributionError(
        206,
        'RESPONSE_INVALID',
        `the answer to GET ${answer.url.pathname} has no usable Content-Range`,
      );
    return { start: Number(match[1]), end: Number(match[2]) + 1, total: match[3] === '*' ? undefined : Number(match[3]) };
  }
  const length = answer.headers.get('content-length');
  const total = length === null ? undefined : Number(length);
  return { start: 0, end: total, total };
}
