import { describe, expect, it } from 'vitest';
import { chunkStart, parseRange } from './http-range.js';

describe(parseRange.name, () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=5-', { start: 5, end: 9 }],
    ['bytes=5-400', { start: 5, end: 9 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-30', { start: 0, end: 9 }],
    ['bytes=9-9', { start: 9, end: 9 }],
  ])('should read %s of ten bytes', (header, range) => expect(parseRange(header, 10)).toEqual(range));

  it.each(['bytes=10-', 'bytes=10-20', 'bytes=-0'])('should refuse %s of ten bytes', (header) =>
    expect(parseRange(header, 10)).toBe('unsatisfiable'),
  );

  it.each([undefined, '', 'bytes=-', 'bytes=4-2', 'bytes=0-1,4-5', 'lines=0-1', 'bytes=a-b'])('should ignore %s', (header) =>
    expect(parseRange(header, 10)).toBeUndefined(),
  );

  it('should have no range in an empty blob', () => {
    expect(parseRange('bytes=0-', 0)).toBe('unsatisfiable');
    expect(parseRange('bytes=-5', 0)).toBe('unsatisfiable');
  });
});

describe(chunkStart.name, () => {
  it('should read the first byte of a chunk, with and without a unit', () => {
    expect(chunkStart('0-9', 10)).toBe(0);
    expect(chunkStart('bytes 10-19/*', 10)).toBe(10);
    expect(chunkStart('10-19', undefined)).toBe(10);
    expect(chunkStart(undefined, 10)).toBeUndefined();
  });

  it('should refuse a range that does not fit its body', () => {
    expect(() => chunkStart('0-9', 9)).toThrow(expect.objectContaining({ code: 'SIZE_INVALID' }));
    expect(() => chunkStart('9-0', undefined)).toThrow(expect.objectContaining({ code: 'SIZE_INVALID' }));
    expect(() => chunkStart('all', 9)).toThrow(expect.objectContaining({ code: 'BLOB_UPLOAD_INVALID' }));
  });
});
