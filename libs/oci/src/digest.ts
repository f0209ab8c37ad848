import { createHash, hash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { OciFormatError, quoteName } from './errors.js';

/** `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}`;

const pattern = /^sha256:[0-9a-f]{64}$/;

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && pattern.test(value);
}

/** The text as a digest; throws `OciFormatError` otherwise. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new OciFormatError(`${quoteName(text)} is not a digest; it should be sha256: and 64 lower-case hexadecimal digits`);
}

/** The 64 hexadecimal digits: what `sha256sum` prints. */
export function digestHex(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${hash('sha256', bytes, 'hex')}`;
}

/** Passes bytes on unchanged while it hashes and counts them. `digest` may be read once the stream has ended. */
export class Sha256Stream extends Transform {
  private readonly hasher = createHash('sha256');
  private result: Digest | undefined;
  private count = 0;

  get size(): number {
    return this.count;
  }

  get digest(): Digest {
    if (this.result === undefined) throw new Error('the digest is known only after the stream has ended');
    return this.result;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.hasher.update(chunk);
    this.count += chunk.length;
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    this.result = `sha256:${this.hasher.digest('hex')}`;
    done();
  }
}

export function sha256Stream(): Sha256Stream {
  return new Sha256Stream();
}
