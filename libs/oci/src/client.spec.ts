import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeRegistry } from '../test/fake-registry.js';
import { bytesOf, inChunks } from '../test/raw-tar.js';
import { DistributionClient } from './client.js';
import { digestOf } from './digest.js';
import { DistributionError } from './errors.js';
import type { DistributionClientOptions } from './transport.js';
import { mediaTypes } from './types.js';
import type { BlobSource } from './upload.js';

let registry: FakeRegistry;
beforeEach(async () => {
  registry = await FakeRegistry.start();
});
afterEach(() => registry.stop());

const client = (options: Partial<DistributionClientOptions> = {}) =>
  new DistributionClient({ baseUrl: registry.url, chunkBytes: 1000, attempts: 4, firstDelayMs: 5, ...options });
const blob = Buffer.from(Array.from({ length: 4567 }, (_, at) => (at * 31) % 251));
const digest = digestOf(blob);
const source = (bytes = blob): BlobSource & { opened: number[] } => {
  const opened: number[] = [];
  return {
    digest: digestOf(bytes),
    size: bytes.length,
    opened,
    open: (offset) => (opened.push(offset), inChunks(bytes.subarray(offset), [130, 1500])),
  };
};
const read = async (from: { stream: Readable }): Promise<Buffer> => bytesOf(from.stream);
const count = (method: string): number => registry.seen.filter((call) => call.method === method).length;

describe('a download', () => {
  beforeEach(() => {
    registry.put('acme/models', blob);
  });

  it('should give the size and the bytes', async () => {
    expect(await client().headBlob('acme/models', digest)).toEqual({ size: blob.length });
    expect(await client().headBlob('acme/other', digest)).toBeUndefined();
    const download = await client().getBlob('acme/models', digest);
    expect(download.size).toBe(blob.length);
    expect((await read(download)).equals(blob)).toBe(true);
  });

  it.each([
    [{ start: 100, end: 199 }, 100, 200],
    [{ start: 4000 }, 4000, 4567],
    [{ start: 4000, end: 9999 }, 4000, 4567],
    [{ start: 0, end: 0 }, 0, 1],
  ])('should give the range %j, from a registry without ranges too', async (range, start, end) => {
    for (const ranges of [true, false]) {
      registry.ranges = ranges;
      const download = await client().getBlob('acme/models', digest, { range });
      expect(download.size).toBe(end - start);
      expect((await read(download)).equals(blob.subarray(start, end))).toBe(true);
    }
  });

  it('should say at once that there is no such blob', async () => {
    await expect(client().getBlob('acme/models', digestOf('absent'))).rejects.toMatchObject({
      name: 'DistributionError',
      status: 404,
      code: 'BLOB_UNKNOWN',
      message: `GET ${registry.url}/v2/acme/models/blobs/${digestOf('absent')} was answered with 404 BLOB_UNKNOWN: blob_unknown`,
    });
    expect(registry.calls).toHaveLength(1);
  });

  it.each([true, false])('should go on after cuts, with ranges: %s', async (ranges) => {
    registry.ranges = ranges;
    registry.faults.push(
      { method: 'GET', cut: 'before' },
      { method: 'GET', cutAfterBytes: 1000 },
      { method: 'GET', cutAfterBytes: 1500 },
    );
    expect((await read(await client().getBlob('acme/models', digest))).equals(blob)).toBe(true);
    expect(registry.seen.map(({ headers }) => headers.range)).toEqual([
      undefined,
      undefined,
      'bytes=1000-4566',
      ranges ? 'bytes=2500-4566' : 'bytes=1500-4566',
    ]);
  });

  it('should have its attempts back after a mebibyte of progress', async () => {
    const big = Buffer.alloc(5 * 2 ** 20, 'slipway');
    const cuts = Array.from({ length: 3 }, () => ({ method: 'GET', cutAfterBytes: 1.2 * 2 ** 20 }));
    registry.faults.push(...cuts);
    expect((await read(await client({ attempts: 2 }).getBlob('acme/models', registry.put('acme/models', big)))).equals(big)).toBe(
      true,
    );
    expect(count('GET')).toBe(4);
  });

  it('should notice a cut when the registry gave no length', async () => {
    registry.lengths = false;
    registry.faults.push({ method: 'GET', cutAfterBytes: 1000 });
    const download = await client().getBlob('acme/models', digest);
    expect(download.size).toBeUndefined();
    expect((await read(download)).equals(blob)).toBe(true);
  });

  it('should give up after its attempts', async () => {
    registry.faults.push({ method: 'GET', cutAfterBytes: 10, times: 99 });
    await expect(client().getBlob('acme/models', digest).then(read)).rejects.toMatchObject({ code: 'UNREACHABLE', status: 0 });
    expect(count('GET')).toBe(4);
  });

  it('should fail when the bytes are not those of the digest', async () => {
    const flip = (body: Buffer): Buffer => Buffer.from(body.map((byte, at) => (at === 77 ? byte ^ 1 : byte)));
    registry.faults.push({ method: 'GET', mangle: flip });
    await expect(client().getBlob('acme/models', digest).then(read)).rejects.toMatchObject({
      code: 'digest_mismatch',
      expected: digest,
    });
    registry.faults.push({ method: 'GET', mangle: (body) => body.subarray(1) });
    await expect(client().getBlob('acme/models', digest).then(read)).rejects.toMatchObject({ code: 'digest_mismatch' });
    expect(count('GET')).toBe(2);
  });

  it('should wait for a slow reader and stop when the reader leaves', async () => {
    const download = await client({ timeoutMs: 200 }).getBlob('acme/models', digest);
    await new Promise((done) => setTimeout(done, 400));
    for await (const _ of download.stream) break;
    expect(download.stream.destroyed).toBe(true);
    const dropped = await client().getBlob('acme/models', digest);
    dropped.stream.destroy();
  });

  it('should end when its signal does', async () => {
    registry.faults.push({ method: 'GET', hang: true });
    const leave = new AbortController();
    setTimeout(() => leave.abort(new Error('enough')), 50);
    await expect(client().getBlob('acme/models', digest, { signal: leave.signal })).rejects.toThrow('enough');
    const inside = new AbortController();
    registry.put('acme/models', Buffer.alloc(8 * 2 ** 20));
    const download = await client().getBlob('acme/models', digestOf(Buffer.alloc(8 * 2 ** 20)), { signal: inside.signal });
    setTimeout(() => inside.abort(new Error('enough')), 50);
    const slowly = async (): Promise<void> => {
      for await (const _ of download.stream) await new Promise((done) => setTimeout(done, 20));
    };
    await expect(slowly()).rejects.toThrow('enough');
  });
});

describe('an upload', () => {
  it('should send nothing that is there', async () => {
    registry.put('acme/models', blob);
    expect(await client().pushBlob('acme/models', source())).toBe('exists');
    expect(registry.calls).toEqual([`HEAD /v2/acme/models/blobs/${digest}`]);
  });

  it('should mount what another repository has', async () => {
    registry.put('acme/models', blob);
    expect(await client().pushBlob('acme/iris', source(), { mountFrom: 'acme/models' })).toBe('mounted');
    expect(registry.blobs.get(`acme/iris@${digest}`)?.equals(blob)).toBe(true);
    expect(await client().pushBlob('acme/iris2', source(), { mountFrom: 'acme/none' })).toBe('uploaded');
    expect(registry.blobs.get(`acme/iris2@${digest}`)?.equals(blob)).toBe(true);
  });

  it.each([true, false])('should send chunks and tell how far it is, absolute locations: %s', async (absolute) => {
    registry.absoluteLocations = absolute;
    const progress: number[] = [];
    expect(await client().pushBlob('acme/models', source(), { onProgress: (sent, size) => progress.push(sent, size) })).toBe(
      'uploaded',
    );
    expect(progress).toEqual([1000, 2000, 3000, 4000, 4567].flatMap((sent) => [sent, 4567]));
    expect(registry.blobs.get(`acme/models@${digest}`)?.equals(blob)).toBe(true);
    expect(count('PATCH')).toBe(5);
  });

  it.each([0, 1, 999, 1000, 1001, 2000])('should send a blob of %s bytes', async (size) => {
    const bytes = blob.subarray(0, size);
    expect(await client().pushBlob('acme/models', source(bytes))).toBe('uploaded');
    expect(registry.blobs.get(`acme/models@${digestOf(bytes)}`)?.equals(bytes)).toBe(true);
  });

  it('should go on where the registry stopped', async () => {
    registry.faults.push({ method: 'PATCH', keepBytes: 700 }, { method: 'PATCH', keepBytes: 300 });
    const from = source();
    expect(await client().pushBlob('acme/models', from)).toBe('uploaded');
    expect(registry.blobs.get(`acme/models@${digest}`)?.equals(blob)).toBe(true);
    expect(from.opened).toEqual([0, 700, 1000]);
    expect(count('POST')).toBe(1);
  });

  it.each<[string, Parameters<FakeRegistry['faults']['push']>[0]]>([
    ['the look-up is cut', { method: 'HEAD', cut: 'before' }],
    ['the start is cut', { method: 'POST', cut: 'before' }],
    ["the start's answer is lost", { method: 'POST', cut: 'after' }],
    ["a chunk's answer is lost", { method: 'PATCH', cut: 'after' }],
    ['a chunk is answered with 500', { method: 'PATCH', status: 500 }],
    ['a chunk is answered with 429', { method: 'PATCH', status: 429, headers: { 'retry-after': '0' } }],
    ['a chunk is out of order', { method: 'PATCH', status: 416 }],
    ['the upload is forgotten', { method: 'PATCH', status: 404 }],
    ['the end is cut', { method: 'PUT', cut: 'before' }],
    ["the end's answer is lost", { method: 'PUT', cut: 'after' }],
    ['the end is answered with 503', { method: 'PUT', status: 503 }],
  ])('should succeed although %s', async (_what, fault) => {
    registry.faults.push(fault);
    expect(await client().pushBlob('acme/models', source())).toBe('uploaded');
    expect(registry.faults).toEqual([]);
    expect(registry.blobs.get(`acme/models@${digest}`)?.equals(blob)).toBe(true);
  });

  it.each<[string, Parameters<FakeRegistry['faults']['push']>[0], object, number]>([
    ['the disk is full', { method: 'PATCH', status: 507, times: 99 }, { status: 507 }, 1],
    [
      'it may not',
      { method: 'POST', status: 403, times: 99, body: '{"errors":[{"code":"DENIED","message":"no"}]}' },
      { status: 403, code: 'DENIED' },
      1,
    ],
    [
      'a gateway refuses',
      { method: 'POST', status: 413, times: 99, body: '{"code":"payload_too_large","message":"too big","statusCode":413}' },
      { code: 'payload_too_large' },
      1,
    ],
    [
      'the registry stays broken',
      { method: 'PATCH', status: 500, times: 99, body: '<html>' },
      { status: 500, code: 'HTTP_500' },
      4,
    ],
    ['every upload is forgotten', { method: 'PUT', status: 404, times: 99 }, { status: 404 }, 4],
    ['nobody answers', { method: 'PATCH', hang: true, times: 99 }, { code: 'UNREACHABLE' }, 4],
  ])('should fail when %s', async (_what, fault, error, tries) => {
    registry.faults.push(fault);
    await expect(client({ timeoutMs: 150 }).pushBlob('acme/models', source())).rejects.toMatchObject(error);
    expect(count(fault.method)).toBe(tries);
  });

  it('should go on in the same upload when none of a chunk has arrived', async () => {
    registry.faults.push({ method: 'PATCH', cut: 'before' });
    expect(await client().pushBlob('acme/models', source())).toBe('uploaded');
    expect(count('POST')).toBe(1);
  });

  it('should not begin a large upload anew for ever', async () => {
    registry.faults.push({ method: 'PUT', status: 404, times: 99 });
    await expect(client({ chunkBytes: 2 ** 21 }).pushBlob('acme/models', source(Buffer.alloc(2 ** 21)))).rejects.toMatchObject({
      status: 404,
    });
    expect(count('POST')).toBe(4);
  });

  it('should fail when nothing listens', async () => {
    await registry.stop();
    await expect(client({ attempts: 2 }).pushBlob('acme/models', source())).rejects.toThrow(/HEAD .* failed: ECONNREFUSED/);
  });

  it('should fail when its source is shorter, longer or other than it said', async () => {
    const short = { ...source(), open: () => inChunks(blob.subarray(0, 100)) };
    await expect(client().pushBlob('acme/models', short)).rejects.toThrow(
      `the source of ${digest} ended after 100 of 4567 bytes`,
    );
    const long = { ...source(), open: () => inChunks(Buffer.concat([blob, blob])) };
    await expect(client().pushBlob('acme/models', long)).rejects.toThrow(`the source of ${digest} has more than 4567 bytes`);
    const other = { ...source(), open: () => inChunks(Buffer.alloc(blob.length)) };
    await expect(client().pushBlob('acme/models', other)).rejects.toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
    const broken = {
      ...source(),
      open: () =>
        new Readable({
          read() {
            this.destroy(new Error('no such file'));
          },
        }),
    };
    await expect(client().pushBlob('acme/models', broken)).rejects.toThrow('no such file');
  });

  it('should end when its signal does, and close its source', async () => {
    registry.faults.push({ method: 'PATCH', hang: true });
    const leave = new AbortController();
    let opened: Readable | undefined;
    const from = { ...source(), open: (offset: number) => (opened = inChunks(blob.subarray(offset))) };
    setTimeout(() => leave.abort(new Error('cancelled')), 100);
    await expect(client().pushBlob('acme/models', from, { signal: leave.signal })).rejects.toThrow('cancelled');
    expect(opened?.destroyed).toBe(true);
  });
});

describe('manifests', () => {
  const bytes = Buffer.from('{"schemaVersion":2}');

  it('should be stored and found by tag and by digest', async () => {
    expect(await client().putManifest('acme/iris', '1', bytes, mediaTypes.manifest)).toEqual({ digest: digestOf(bytes) });
    await client().putManifest('acme/iris', digestOf(bytes), bytes, mediaTypes.manifest);
    for (const reference of ['1', digestOf(bytes)]) {
      expect(await client().getManifest('acme/iris', reference)).toEqual({
        mediaType: mediaTypes.manifest,
        digest: digestOf(bytes),
        bytes,
      });
    }
    expect(await client().findManifest('acme/iris', '2')).toBeUndefined();
    await expect(client().getManifest('acme/iris', '2')).rejects.toMatchObject({ status: 404, code: 'MANIFEST_UNKNOWN' });
  });

  it('should be verified both ways', async () => {
    await client().putManifest('acme/iris', '1', bytes, mediaTypes.manifest);
    registry.manifests.set(`acme/iris:${digestOf(bytes)}`, { bytes: Buffer.from('{}'), mediaType: mediaTypes.manifest });
    await expect(client().getManifest('acme/iris', digestOf(bytes))).rejects.toMatchObject({ code: 'digest_mismatch' });
    registry.faults.push({ method: 'GET', mangle: () => Buffer.from('{}') });
    await expect(client().getManifest('acme/iris', '1')).rejects.toMatchObject({ code: 'digest_mismatch' });
    registry.faults.push({ method: 'PUT', mangle: () => Buffer.from('{}') });
    await expect(client().putManifest('acme/iris', '1', bytes, mediaTypes.manifest)).rejects.toMatchObject({
      code: 'digest_mismatch',
    });
  });

  it('should not be read without end', async () => {
    registry.manifests.set('acme/iris:1', { bytes: Buffer.alloc(5 * 2 ** 20), mediaType: mediaTypes.manifest });
    await expect(client().getManifest('acme/iris', '1')).rejects.toThrow(/more than 4194304 bytes/);
  });
});

describe('authorization', () => {
  beforeEach(() => {
    registry.authorization = 'Bearer good';
    registry.put('acme/models', blob);
  });

  it('should be sent with every request, and asked for again after a 401', async () => {
    const answers = ['Bearer old', 'Bearer good'];
    const asking = client({ authorization: async () => (answers.length > 1 ? answers.shift()! : answers[0]!) });
    expect(await asking.headBlob('acme/models', digest)).toEqual({ size: blob.length });
    expect(await asking.pushBlob('acme/other', source())).toBe('uploaded');
    expect(registry.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer old',
      ...Array<string>(9).fill('Bearer good'),
    ]);
    await expect(client({ authorization: 'Bearer bad' }).headBlob('acme/models', digest)).rejects.toMatchObject({ status: 401 });
    await expect(client({ authorization: () => 'Bearer bad' }).headBlob('acme/models', digest)).rejects.toBeInstanceOf(
      DistributionError,
    );
  });

  it('should not follow an upload to another host', async () => {
    const other = await FakeRegistry.start();
    try {
      registry.faults.push({
        method: 'POST',
        status: 202,
        headers: { location: `${other.url}/v2/acme/other/blobs/uploads/x?token=secret` },
      });
      const error: unknown = await client({ authorization: 'Bearer good' })
        .pushBlob('acme/other', source(), {})
        .catch((thrown: unknown) => thrown);
      expect(other.seen.length).toBeGreaterThan(0);
      expect(other.seen.every(({ headers }) => headers.authorization === undefined)).toBe(true);
      expect(String(error)).not.toContain('secret');
    } finally {
      await other.stop();
    }
  });
});
