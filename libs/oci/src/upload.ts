import type { Readable } from 'node:stream';
import type { Digest } from './digest.js';
import { DistributionError } from './errors.js';
import type { Answer, Transport } from './transport.js';

export interface BlobSource {
  digest: Digest;
  size: number;
  /** The bytes from `offset` on; called again after a cut, so it must give the same bytes every time. */
  open(offset: number): Readable;
}

export interface PushOptions {
  /** A repository that may have the blob already. */
  mountFrom?: string;
  onProgress?: (sent: number, size: number) => void;
  signal?: AbortSignal;
}

/** `exists`: nothing was sent; `mounted`: linked from another repository; `uploaded`: sent. */
export type PushOutcome = 'exists' | 'mounted' | 'uploaded';

interface Session {
  location: URL;
  offset: number;
}

const defaultChunkBytes = 8 * 2 ** 20;
const maxChunkBytes = 64 * 2 ** 20;
/** How often an upload may begin anew after the registry lost it; its bytes count as progress each time. */
const maxRestarts = 3;

/** One blob on its way up: asks whether it is there, mounts it, else sends it in chunks and goes on after a cut where the registry stopped. */
export class Upload {
  private readonly source: ChunkSource;

  constructor(
    private readonly transport: Transport,
    private readonly repository: string,
    private readonly blob: BlobSource,
    private readonly options: PushOptions,
    private chunkBytes = defaultChunkBytes,
  ) {
    this.source = new ChunkSource(blob);
  }

  async push(): Promise<PushOutcome> {
    try {
      return await this.tryUntilDone();
    } finally {
      this.source.close();
    }
  }

  private async tryUntilDone(): Promise<PushOutcome> {
    const retry = this.transport.retry(this.options.signal);
    let session: Session | undefined;
    let recovering = false;
    let restarts = 0;
    let sent = false;
    for (;;) {
      try {
        if (!session || recovering) {
          // After a lost answer to the last request, the blob may be there.
          if (await this.exists()) return sent ? 'uploaded' : 'exists';
          session = session && (await this.resume(session));
          recovering = false;
        }
        if (!session) {
          const started = await this.start();
          if (started === 'mounted') return 'mounted';
          session = started;
        }
        while (session.offset < this.blob.size) {
          const before: number = session.offset;
          sent = true;
          session = await this.sendChunk(session);
          retry.progressed(session.offset - before);
          this.options.onProgress?.(session.offset, this.blob.size);
        }
        sent = true;
        await this.finish(session);
        return 'uploaded';
      } catch (error) {
        // 404: the registry has forgotten the upload; 416: it counts otherwise than we do. Both begin anew.
        const lost =
          session !== undefined && error instanceof DistributionError && (error.status === 404 || error.status === 416);
        if (lost && ++restarts > maxRestarts) throw error;
        await retry.after(error, { always: lost });
        if (lost) session = undefined;
        recovering = true;
      }
    }
  }

  private async exists(): Promise<boolean> {
    const url = this.transport.url(`${this.repository}/blobs/${this.blob.digest}`);
    const answer = await this.transport.send({ method: 'HEAD', url, signal: this.options.signal, expect: [200, 404] });
    return answer.status === 200;
  }

  private async start(): Promise<Session | 'mounted'> {
    const url = this.transport.url(`${this.repository}/blobs/uploads/`);
    if (this.options.mountFrom !== undefined) {
      url.searchParams.set('mount', this.blob.digest);
      url.searchParams.set('from', this.options.mountFrom);
    }
    const answer = await this.transport.send({ method: 'POST', url, signal: this.options.signal, expect: [201, 202] });
    await answer.discard();
    if (answer.status === 201 && this.options.mountFrom !== undefined) return 'mounted';
    const least = Number(answer.headers.get('oci-chunk-min-length') ?? 0);
    if (least > this.chunkBytes) this.chunkBytes = Math.min(least, maxChunkBytes);
    return { location: locationOf(answer, url), offset: 0 };
  }

  /** Where the registry stands; undefined when it does not know the upload any more. */
  private async resume(session: Session): Promise<Session | undefined> {
    const answer = await this.transport.send({
      method: 'GET',
      url: session.location,
      signal: this.options.signal,
      expect: [200, 202, 204, 404],
    });
    await answer.discard();
    if (answer.status === 404) return undefined;
    // «0-0» means one byte, but some registries answer it for none: a byte sent twice is refused with 416, a byte left out is lost.
    const received = receivedOf(answer) ?? 0;
    return { location: locationOf(answer, session.location), offset: received === 1 ? 0 : Math.min(received, this.blob.size) };
  }

  private async sendChunk({ location, offset }: Session): Promise<Session> {
    const body = await this.source.at(offset, this.chunkBytes);
    const end = offset + body.length;
    const headers = { 'content-type': 'application/octet-stream', 'content-range': `${offset}-${end - 1}` };
    const answer = await this.transport.send({
      method: 'PATCH',
      url: location,
      headers,
      body,
      signal: this.options.signal,
      expect: [201, 202, 204],
    });
    await answer.discard();
    const received = receivedOf(answer) ?? end;
    if (received <= offset || received > end) {
      throw new DistributionError(
        answer.status,
        'RESPONSE_INVALID',
        `PATCH ${location.pathname} took bytes ${offset} to ${end - 1}, but says it has ${received}`,
      );
    }
    return { location: locationOf(answer, location), offset: received };
  }

  private async finish({ location }: Session): Promise<void> {
    const url = new URL(location);
    url.searchParams.set('digest', this.blob.digest);
    const answer = await this.transport.send({ method: 'PUT', url, signal: this.options.signal, expect: [201, 204] });
    await answer.discard();
  }
}

/** Reads a blob chunk by chunk; the last chunk is kept, because it may have to be sent again. */
class ChunkSource {
  private stream: Readable | undefined;
  private reader: AsyncIterator<Buffer, undefined> | undefined;
  private position = 0;
  private rest: Buffer = Buffer.alloc(0);
  private last: { start: number; bytes: Buffer } | undefined;

  constructor(private readonly blob: BlobSource) {}

  async at(offset: number, most: number): Promise<Buffer> {
    if (this.last?.start === offset) return this.last.bytes;
    this.last = undefined;
    if (!this.reader || this.position !== offset) this.reopen(offset);
    this.position = -1;
    const bytes = Buffer.allocUnsafe(Math.min(most, this.blob.size - offset));
    for (let filled = 0; filled < bytes.length;) {
      if (this.rest.length === 0) this.rest = await this.next(offset + filled);
      const copied = this.rest.copy(bytes, filled);
      this.rest = this.rest.subarray(copied);
      filled += copied;
    }
    this.position = offset + bytes.length;
    if (this.position === this.blob.size) await this.expectEnd();
    this.last = { start: offset, bytes };
    return bytes;
  }

  close(): void {
    this.stream?.destroy();
    this.reader = undefined;
  }

  private reopen(offset: number): void {
    this.close();
    this.stream = this.blob.open(offset);
    this.reader = this.stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
    this.rest = Buffer.alloc(0);
  }

  private async expectEnd(): Promise<void> {
    if (this.rest.length === 0 && (await this.reader!.next()).done) return;
    throw new DistributionError(0, 'SIZE_INVALID', `the source of ${this.blob.digest} has more than ${this.blob.size} bytes`);
  }

  private async next(position: number): Promise<Buffer> {
    const { done, value } = await this.reader!.next();
    if (!done) return value;
    throw new DistributionError(
      0,
      'SIZE_INVALID',
      `the source of ${this.blob.digest} ended after ${position} of ${this.blob.size} bytes`,
    );
  }
}

function locationOf(answer: Answer, asked: URL): URL {
  const location = answer.headers.get('location');
  return location === null ? asked : new URL(location, asked);
}

/** The number of bytes that a `Range: 0-<last>` stands for. */
function receivedOf(answer: Answer): number | undefined {
  const match = /^(?:bytes=)?0-(\d+)$/.exec(answer.headers.get('range') ?? '');
  return match ? Number(match[1]) + 1 : undefined;
}
