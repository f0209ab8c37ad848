import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { digestHex, digestOf, isDigest, parseDigest, sha256Stream } from './digest.js';

const empty = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe(parseDigest.name, () => {
  it('should take a digest and give back its digits', () => {
    expect(digestHex(parseDigest(empty))).toBe(empty.slice(7));
    expect(digestOf('')).toBe(empty);
  });

  it.each(['', 'sha256:', empty.toUpperCase(), `${empty}0`, `${empty}\n`, empty.replace('sha256', 'sha512'), ` ${empty}`])(
    'should refuse %j',
    (text) => {
      expect(isDigest(text)).toBe(false);
      expect(() => parseDigest(text)).toThrow(/is not a digest/);
    },
  );
});

describe(sha256Stream.name, () => {
  it('should pass bytes on, hash and count them', async () => {
    const stream = sha256Stream();
    expect(() => stream.digest).toThrow(/only after/);
    const passed = await buffer(Readable.from([Buffer.from('sl'), Buffer.from('ipway')]).pipe(stream));
    expect(passed.toString()).toBe('slipway');
    expect(stream.digest).toBe(digestOf('slipway'));
    expect(stream.size).toBe(7);
  });
});
