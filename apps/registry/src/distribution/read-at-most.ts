import type { Readable } from 'node:stream';
import { OciRefusal } from './oci-refusal.js';

/** The whole of a small body. @throws OciRefusal `TOO_LARGE`. */
export async function readAtMost(stream: Readable, limit: number, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new OciRefusal('TOO_LARGE', `${what} may have ${limit} bytes at most`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
