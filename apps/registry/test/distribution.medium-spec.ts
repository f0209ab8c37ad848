import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildManifest, type Digest, digestHex, digestOf, emptyConfig, mediaTypes } from '#slipway/oci';
import type { RunningService } from '#slipway/platform';
import { eventually, makeStage, packed, push, type Stage } from './fixture.js';

describe('distribution API', () => {
  let stage: Stage;
  let registry: RunningService;
  let [acme, other, reader] = ['', '', ''];
  const blob = packed(Buffer.from('0123456789'));

  /** A request as `acme`'s contributor unless told otherwise. */
  const call = (method: string, target: string, headers: Record<string, string> = {}, body?: string | Buffer) =>
    fetch(new URL(target, registry.url), {
      method,
      headers: { authorization: acme, ...headers },
      ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
    });
  const refusal = async (answer: Response) => ({
    status: answer.status,
    code: ((await answer.json()) as { errors: { code: string }[] }).errors[0]?.code,
  });
  const begin = async (repository = 'acme/uploads') =>
    (await call('POST', `/v2/${repository}/blobs/uploads/`)).headers.get('location')!;

  beforeAll(async () => {
    stage = await makeStage();
    registry = await stage.start();
    [acme, other, reader] = await Promise.all([stage.as('acme'), stage.as('other', 'owner'), stage.as('acme', 'reader')]);
    await push(stage.client(registry.url), 'acme/uploads', blob);
  });
  afterAll(() => stage.close());

  it('should answer who is allowed and nobody else', async () => {
    const version = await call('GET', '/v2/');
    expect([version.status, version.headers.get('docker-distribution-api-version')]).toEqual([200, 'registry/2.0']);
    const stranger = await call('GET', '/v2/', { authorization: 'Bearer nothing' });
    expect(stranger.headers.get('www-authenticate')).toBeTruthy();
    expect(await refusal(stranger)).toEqual({ status: 401, code: 'UNAUTHORIZED' });
    expect(await refusal(await call('DELETE', `/v2/acme/uploads/blobs/${blob.digest}`))).toEqual({
      status: 405,
      code: 'UNSUPPORTED',
    });
  });

  describe('blobs', () => {
    const target = `/v2/acme/uploads/blobs/${blob.digest}`;

    it('should give a blob whole, in part, and its size', async () => {
      const whole = await call('GET', target);
      expect([await whole.text(), whole.headers.get('docker-content-digest')]).toEqual(['0123456789', blob.digest]);
      const head = await call('HEAD', target);
      expect([head.status, head.headers.get('content-length'), head.headers.get('accept-ranges')]).toEqual([200, '10', 'bytes']);
      const part = await call('GET', target, { range: 'bytes=2-4' });
      expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([206, '234', 'bytes 2-4/10']);
      expect(await (await call('GET', target, { range: 'bytes=-3' })).text()).toBe('789');
      expect((await call('GET', target, { range: 'bytes=0-1,4-5' })).status).toBe(200);
      const beyond = await call('GET', target, { range: 'bytes=10-' });
      expect(beyond.headers.get('content-range')).toBe('bytes */10');
      expect(await refusal(beyond)).toEqual({ status: 416, code: 'RANGE_INVALID' });
    });

    it('should keep a blob to the repositories that have it', async () => {
      expect(await refusal(await call('GET', `/v2/acme/iris/blobs/${blob.digest}`))).toEqual({
        status: 404,
        code: 'BLOB_UNKNOWN',
      });
      expect((await call('HEAD', `/v2/acme/iris/blobs/${blob.digest}`)).status).toBe(404);
    });

    it('should answer another account the same, whatever exists', async () => {
      const answers = await Promise.all(
        [blob.digest, digestOf('nothing')].map((digest) =>
          call('GET', `/v2/acme/uploads/blobs/${digest}`, { authorization: other }),
        ),
      );
      expect(answers.map((answer) => answer.status)).toEqual([403, 403]);
      const [one, two] = await Promise.all(answers.map((answer) => answer.text()));
      expect(one).toBe(two);
      expect((await call('GET', '/v2/other/uploads/tags/list', { authorization: other })).status).toBe(404);
    });

    it.each(['POST', 'PUT', 'PATCH'])('should not let a reader write (%s)', async (method) => {
      const tail = method === 'POST' ? '' : '01920000-0000-7000-8000-000000000000';
      const answer = await call(method, `/v2/acme/uploads/blobs/uploads/${tail}`, { authorization: reader });
      expect(await refusal(answer)).toEqual({ status: 403, code: 'DENIED' });
    });
  });

  describe('uploads', () => {
    it('should take chunks in order and say where it stands', async () => {
      const [text, location] = ['chunk one, chunk two', await begin()];
      const first = await call('PATCH', location, { 'content-range': '0-9' }, text.slice(0, 10));
      expect([first.status, first.headers.get('range'), first.headers.get('location')]).toEqual([202, '0-9', location]);
      const wrong = await call('PATCH', location, { 'content-range': '5-9' }, 'xxxxx');
      expect(await refusal(wrong)).toEqual({ status: 416, code: 'RANGE_INVALID' });
      expect(await refusal(await call('PATCH', location, { 'content-range': '10-19' }, 'short'))).toEqual({
        status: 400,
        code: 'SIZE_INVALID',
      });
      const where = await call('GET', location);
      expect([where.status, where.headers.get('range')]).toEqual([204, '0-9']);
      const end = await call('PUT', `${location}?digest=${digestOf(text)}`, { 'content-range': '10-19' }, text.slice(10));
      expect([end.status, end.headers.get('location')]).toEqual([201, `/v2/acme/uploads/blobs/${digestOf(text)}`]);
      expect(await (await call('GET', end.headers.get('location')!)).text()).toBe(text);
      expect(await refusal(await call('GET', location))).toEqual({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
    });

    it('should take a blob in one request, whatever its content type', async () => {
      const text = '{"a": 1}';
      const answer = await call(
        'POST',
        `/v2/acme/uploads/blobs/uploads/?digest=${digestOf(text)}`,
        { 'content-type': 'application/json' },
        text,
      );
      expect(answer.status).toBe(201);
      expect(await (await call('GET', answer.headers.get('location')!)).text()).toBe(text);
    });

    it('should refuse bytes that are not those of the digest, and keep nothing', async () => {
      const location = await begin();
      const answer = await call('PUT', `${location}?digest=${digestOf('right')}`, {}, 'wrong');
      expect(await refusal(answer)).toEqual({ status: 400, code: 'DIGEST_INVALID' });
      expect((await call('GET', location)).status).toBe(404);
      expect((await call('HEAD', `/v2/acme/uploads/blobs/${digestOf('right')}`)).status).toBe(404);
      expect(await refusal(await call('PUT', `${await begin()}?digest=sha256:12`, {}, 'x'))).toEqual({
        status: 400,
        code: 'DIGEST_INVALID',
      });
    });

    it('should keep what a cut connection brought', async () => {
      const location = await begin();
      const request = http.request(new URL(location, registry.url), { method: 'PATCH', headers: { authorization: acme } });
      request.on('error', () => undefined);
      request.write('before the cut');
      await eventually(async () => expect(uploadSize(location)).toBe(14));
      request.destroy();
      expect((await call('GET', location)).headers.get('range')).toBe('0-13');
      const text = 'before the cut and after it';
      expect(
        (await call('PUT', `${location}?digest=${digestOf(text)}`, { 'content-range': '14-26' }, text.slice(14))).status,
      ).toBe(201);
    });

    it('should let go of an upload', async () => {
      const location = await begin();
      await call('PATCH', location, {}, 'some bytes');
      expect((await call('DELETE', location)).status).toBe(204);
      expect((await call('GET', location)).status).toBe(404);
      expect(uploadSize(location)).toBeUndefined();
    });

    it('should not show an upload to another repository', async () => {
      const location = await begin();
      expect((await call('GET', location.replace('acme/uploads', 'acme/iris'))).status).toBe(404);
      expect((await call('GET', location, { authorization: other })).status).toBe(403);
    });

    it('should store one copy of what many upload at once', async () => {
      const same = packed(Buffer.alloc(300_000, 'same'));
      const clients = ['acme', 'other', 'acme', 'other', 'acme'].map(async (name) =>
        stage.client(registry.url, await stage.as(name)),
      );
      const repositories = ['acme/uploads', 'other/uploads', 'acme/iris', 'other/iris', 'acme/more'];
      await Promise.all(repositories.map(async (repository, at) => push(await clients[at]!, repository, same)));
      expect(await stage.query('SELECT size FROM blob WHERE digest = $1', [same.digest])).toEqual([{ size: '300000' }]);
      expect(await stage.query('SELECT FROM blob_link WHERE digest = $1', [same.digest])).toHaveLength(5);
      expect(statSync(blobFile(same.digest)).size).toBe(300_000);
    });

    it('should not hold a large upload in memory', async () => {
      const before = process.memoryUsage.rss();
      const chunk = Buffer.alloc(1 << 20, 7);
      const request = http.request(new URL(await begin(), registry.url), { method: 'PATCH', headers: { authorization: acme } });
      const answered = new Promise<http.IncomingMessage>((resolve) => request.on('response', resolve));
      let highest = 0;
      for (let at = 0; at < 256; at += 1) {
        if (!request.write(chunk)) await new Promise((resolve) => request.once('drain', resolve));
        highest = Math.max(highest, process.memoryUsage.rss());
      }
      request.end();
      const answer = await answered;
      answer.resume();
      expect([answer.statusCode, answer.headers.range]).toEqual([202, `0-${256 * (1 << 20) - 1}`]);
      expect(highest - before).toBeLessThan(160 << 20);
      await call('DELETE', answer.headers.location!);
    });
  });

  describe('mounts', () => {
    it('should link a blob that the caller can read, else begin an upload', async () => {
      const mounted = await call('POST', `/v2/acme/mounted/blobs/uploads/?mount=${blob.digest}&from=acme/uploads`);
      expect([mounted.status, mounted.headers.get('location')]).toEqual([201, `/v2/acme/mounted/blobs/${blob.digest}`]);
      expect(await (await call('GET', mounted.headers.get('location')!)).text()).toBe('0123456789');
      for (const [repository, from, authorization] of [
        ['other/stolen', 'acme/uploads', other],
        ['acme/stolen', 'acme/nothing', acme],
      ] as const) {
        const begun = await call('POST', `/v2/${repository}/blobs/uploads/?mount=${blob.digest}&from=${from}`, { authorization });
        expect([begun.status, begun.headers.get('docker-upload-uuid')]).toEqual([202, expect.any(String)]);
        expect((await call('HEAD', `/v2/${repository}/blobs/${blob.digest}`, { authorization })).status).toBe(404);
      }
      const service = await call('POST', `/v2/other/mounted/blobs/uploads/?mount=${blob.digest}&from=acme/uploads`, {
        authorization: stage.asBuilder,
      });
      expect(service.status).toBe(201);
    });
  });

  describe('manifests', () => {
    const image = (text: string) =>
      buildManifest({
        config: emptyConfig.descriptor,
        layers: [{ mediaType: mediaTypes.layer, digest: blob.digest, size: blob.bytes.length }],
        annotations: { text },
      });
    const put = (repository: string, reference: string, bytes: Buffer, type: string = mediaTypes.manifest) =>
      call('PUT', `/v2/${repository}/manifests/${reference}`, { 'content-type': type }, bytes);

    beforeAll(async () => {
      const client = stage.client(registry.url);
      for (const repository of ['acme/iris', 'acme/team/iris']) {
        await push(client, repository, blob);
        await push(client, repository, packed(emptyConfig.bytes));
      }
    });

    it('should give a manifest back byte for byte, by tag and by digest', async () => {
      const { bytes, descriptor } = image('one');
      expect((await put('acme/iris', '1', bytes)).headers.get('docker-content-digest')).toBe(descriptor.digest);
      for (const reference of ['1', descriptor.digest]) {
        const answer = await call('GET', `/v2/acme/iris/manifests/${reference}`);
        expect(answer.headers.get('content-type')).toBe(mediaTypes.manifest);
        expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes);
      }
      expect((await call('HEAD', '/v2/acme/iris/manifests/1')).headers.get('content-length')).toBe(String(bytes.length));
      expect(await refusal(await call('GET', '/v2/acme/iris/manifests/2'))).toEqual({ status: 404, code: 'MANIFEST_UNKNOWN' });
    });

    it('should not move the tag of a version, but take the same manifest again', async () => {
      const [one, two] = [image('version').bytes, image('another').bytes];
      expect((await put('acme/iris', '7', one)).status).toBe(201);
      expect((await put('acme/iris', '7', one)).status).toBe(201);
      expect(await refusal(await put('acme/iris', '7', two))).toEqual({ status: 409, code: 'TAG_IMMUTABLE' });
      expect((await call('GET', `/v2/acme/iris/manifests/${digestOf(two)}`)).status).toBe(404);
      const race = await Promise.all([one, two].map((bytes) => put('acme/iris', '8', bytes)));
      expect(race.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([201, 409]);
      for (const bytes of [one, two]) expect((await put('acme/team/iris', 'latest', bytes)).status).toBe(201);
    });

    it('should refuse what is too large, not a manifest, or points to what is not there', async () => {
      const absent = { mediaType: mediaTypes.layer, digest: digestOf('absent'), size: 6 };
      const pointing = buildManifest({ config: emptyConfig.descriptor, layers: [absent] }).bytes;
      const lying = buildManifest({
        config: emptyConfig.descriptor,
        layers: [{ ...absent, digest: blob.digest, size: 11 }],
      }).bytes;
      expect(await refusal(await put('acme/iris', 'x', pointing))).toEqual({ status: 404, code: 'MANIFEST_BLOB_UNKNOWN' });
      expect(await refusal(await put('acme/iris', 'x', lying))).toEqual({ status: 400, code: 'MANIFEST_INVALID' });
      expect(await refusal(await put('acme/iris', 'x', Buffer.from('{')))).toEqual({ status: 400, code: 'MANIFEST_INVALID' });
      expect(await refusal(await put('acme/iris', 'x', image('x').bytes, 'application/json'))).toEqual({
        status: 400,
        code: 'MANIFEST_INVALID',
      });
      expect(await refusal(await put('acme/iris', 'x', Buffer.alloc((4 << 20) + 1, ' ')))).toEqual({
        status: 413,
        code: 'TOO_LARGE',
      });
      expect(await refusal(await put('acme/iris', digestOf('x'), image('x').bytes))).toEqual({
        status: 400,
        code: 'DIGEST_INVALID',
      });
      expect(await refusal(await put('acme/models', 'x', image('x').bytes))).toEqual({ status: 403, code: 'DENIED' });
    });

    it('should list tags in pages, in order of their bytes', async () => {
      await push(stage.client(registry.url), 'acme/tags', blob);
      await push(stage.client(registry.url), 'acme/tags', packed(emptyConfig.bytes));
      for (const tag of ['b', 'B', '10', '9', 'a']) await put('acme/tags', tag, image('tagged').bytes);
      const tags: string[] = [];
      for (let next: string | undefined = '/v2/acme/tags/tags/list?n=2'; next;) {
        const answer: Response = await call('GET', next);
        const page = (await answer.json()) as { name: string; tags: string[] };
        expect([page.name, page.tags.length <= 2]).toEqual(['acme/tags', true]);
        tags.push(...page.tags);
        next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
      }
      expect(tags).toEqual(['10', '9', 'B', 'a', 'b']);
      expect(await refusal(await call('GET', '/v2/acme/none/tags/list'))).toEqual({ status: 404, code: 'NAME_UNKNOWN' });
    });
  });

  it.skipIf(process.getuid?.() !== 0)(
    'should refuse an upload that the disk has no room for, and take it once there is room',
    async () => {
      const folder = path.join(stage.home, 'small-disk');
      mkdirSync(folder);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
      try {
        const small = await stage.start({ SLIPWAY_BLOBS: `file:${folder}` });
        const upload = (bytes: Buffer) =>
          fetch(`${small.url}/v2/acme/uploads/blobs/uploads/?digest=${digestOf(bytes)}`, {
            method: 'POST',
            headers: { authorization: acme },
            body: new Uint8Array(bytes),
          });
        expect(await refusal(await upload(Buffer.alloc(3 << 20, 'x')))).toEqual({ status: 507, code: 'INSUFFICIENT_STORAGE' });
        expect(readdirSync(path.join(folder, 'uploads'))).toEqual([]);
        expect((await upload(Buffer.alloc(1 << 20, 'x'))).status).toBe(201);
        // A refusal may come before the last byte; the next request of that connection is answered all the same.
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        const ask = (method: string, target: string, body?: Buffer) =>
          new Promise<number | undefined>((resolve, reject) => {
            const options = { method, agent, headers: { authorization: acme }, timeout: 10_000 };
            const request = http.request(new URL(target, small.url), options, (response) =>
              response.resume().on('end', () => resolve(response.statusCode)),
            );
            request.on('error', reject).on('timeout', () => request.destroy(new Error(`${method} is not answered`)));
            request.end(body);
          });
        const large = Buffer.alloc(3 << 20, 'y');
        expect(await ask('POST', `/v2/acme/uploads/blobs/uploads/?digest=${digestOf(large)}`, large)).toBe(507);
        expect(await ask('HEAD', `/v2/acme/uploads/blobs/${digestOf(large)}`)).toBe(404);
        agent.destroy();
        await small.stop();
      } finally {
        execFileSync('umount', [folder]);
      }
    },
  );

  const blobFile = (digest: Digest) => path.join(stage.home, 'blobs/sha256', digestHex(digest).slice(0, 2), digestHex(digest));
  const uploadSize = (location: string) =>
    statSync(path.join(stage.home, 'blobs/uploads', path.basename(location)), { throwIfNoEntry: false })?.size;
});
