import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, inChunks } from '../test/raw-tar.js';
import { digestOf } from './digest.js';
import { gzipLayer } from './gzip.js';

async function gzip(bytes: Buffer, chunks?: number[]) {
  const { stream, result } = gzipLayer(inChunks(bytes, chunks));
  return { packed: await bytesOf(stream), ...(await result) };
}
/** Text that compresses, as layers do. */
const text = Buffer.from(Array.from({ length: 40_000 }, (_, at) => `${(at * 7919) % 1013} `).join(''));

describe(gzipLayer.name, () => {
  it('should be read by gunzip, and give both digests and the size', async () => {
    const { packed, digest, diffId, size } = await gzip(text);
    expect(gunzipSync(packed).equals(text)).toBe(true);
    expect({ digest, diffId, size }).toEqual({ digest: digestOf(packed), diffId: digestOf(text), size: packed.length });
    expect(size).toBeLessThan(text.length / 2);
  });

  it('should give the same bytes however the input is cut, with nothing of the machine in the header', async () => {
    const { packed } = await gzip(text);
    expect([...packed.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 6 }), async (cuts) => {
        fc.pre(cuts.some((size) => size > 500));
        expect((await gzip(text, cuts)).packed.equals(packed)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('should take nothing at all', async () => {
    expect(gunzipSync((await gzip(Buffer.alloc(0))).packed).length).toBe(0);
  });

  it('should fail on both ends when its source fails', async () => {
    const source = new Readable({ read() {} });
    const { stream, result } = gzipLayer(source);
    source.push(text);
    setImmediate(() => source.destroy(new Error('disk gone')));
    await expect(bytesOf(stream)).rejects.toThrow('disk gone');
    await expect(result).rejects.toThrow('disk gone');
  });

  it('should let go of its source when its reader leaves', async () => {
    const source = Readable.from(
      Array.from({ length: 1000 }, () => text),
      { objectMode: false },
    );
    const { stream, result } = gzipLayer(source);
    for await (const _ of stream) break;
    await expect(result).rejects.toThrow();
    expect(source.destroyed).toBe(true);
  });
});
