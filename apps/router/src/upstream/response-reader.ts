import { Llhttp, type ParserCalls } from './llhttp.js';
import type { BrokenReason, UpstreamAnswer } from './upstream.port.js';

const headLimit = 32 * 1024;
const informationalLimit = 8;
/** For on_headers_complete llhttp takes 1 as "no body follows"; -1 is an error everywhere. */
const stop = -1;

/** Reads one answer at a time from the bytes of a connection; strict: whatever is not expected is an error. */
export class ResponseReader implements ParserCalls {
  /** The connection may serve another request after this answer. */
  keepAlive = false;
  complete = false;
  private readonly parser = new Llhttp();
  private expecting = false;
  private refusal: BrokenReason | undefined;
  private status = 0;
  private headers: string[] = [];
  private headBytes = 0;
  private inValue = false;
  private chunks: Buffer[] = [];
  private bodyBytes = 0;
  private informational = 0;

  constructor(private readonly bodyLimit: number) {}

  /** From now on one answer may come. */
  expect(): void {
    this.expecting = true;
    this.complete = false;
    this.refusal = undefined;
    this.informational = 0;
    this.clear();
  }

  read(data: Buffer): BrokenReason | undefined {
    if (this.parser.execute(this, data)) return undefined;
    return this.refusal ?? 'malformed';
  }

  /** The replica has closed its side: fine only for an answer that ends there. */
  end(): BrokenReason | undefined {
    return this.parser.finish(this) && this.complete ? undefined : 'closed';
  }

  answer(): UpstreamAnswer {
    const body = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks, this.bodyBytes);
    return { status: this.status, headers: this.headers, body };
  }

  free(): void {
    this.parser.free();
  }

  onMessageBegin(): number {
    if (!this.expecting || this.complete) return this.refuse('malformed');
    this.clear();
    return 0;
  }

  onHeaderField(bytes: Buffer): number {
    const text = bytes.toString('latin1');
    if (this.inValue || this.headers.length === 0) this.headers.push(text, '');
    else this.headers[this.headers.length - 2] += text;
    this.inValue = false;
    return this.countHead(bytes.length);
  }

  onHeaderValue(bytes: Buffer): number {
    this.headers[this.headers.length - 1] += bytes.toString('latin1');
    this.inValue = true;
    return this.countHead(bytes.length);
  }

  onHeadersComplete(status: number, upgrade: boolean, keepAlive: boolean): number {
    if (upgrade || status === 101) return this.refuse('malformed');
    this.status = status;
    this.keepAlive = keepAlive;
    if (status < 200 && ++this.informational > informationalLimit) return this.refuse('malformed');
    return 0;
  }

  onBody(bytes: Buffer): number {
    this.bodyBytes += bytes.length;
    if (this.bodyBytes > this.bodyLimit) return this.refuse('too_large');
    this.chunks.push(bytes);
    return 0;
  }

  onMessageComplete(): number {
    if (this.status < 200) return 0;
    this.complete = true;
    this.expecting = false;
    return 0;
  }

  private countHead(bytes: number): number {
    this.headBytes += bytes + 2;
    return this.headBytes > headLimit ? this.refuse('too_large') : 0;
  }

  private refuse(reason: BrokenReason): number {
    this.refusal = reason;
    return stop;
  }

  private clear(): void {
    this.status = 0;
    this.headers = [];
    this.headBytes = 0;
    this.inValue = false;
    this.chunks = [];
    this.bodyBytes = 0;
  }
}
