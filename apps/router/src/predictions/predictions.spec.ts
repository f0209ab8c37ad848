import { describe, expect, it } from 'vitest';
import { sha256Hex } from '#slipway/platform';
import { answerHeaders, readHeaders } from './headers.js';
import { checkKey } from './keys.js';
import { checkMethod, parseTarget } from './target.js';

describe(parseTarget.name, () => {
  it('should know the paths of a service', () => {
    expect(parseTarget('/api/v1/service/iris/score?a=1&b=%2F')).toEqual({
      environment: undefined,
      service: 'iris',
      resource: 'score',
      query: '?a=1&b=%2F',
    });
    expect(parseTarget('/e/prod/api/v1/service/my.iris-2/swagger.json')).toMatchObject({
      environment: 'prod',
      service: 'my.iris-2',
    });
    expect(parseTarget('/api/v1/service/iris/').resource).toBe('');
  });

  it.each([
    '/',
    '/api/v1/service/iris',
    '/api/v1/service/iris/score/',
    '//api/v1/service/iris/score',
    '/api/v1/service//score',
    '/api/v1/service/iris/./score',
    '/api/v1/service/iris/%73core',
    '/api/v1/service/ir%69s/score',
    '/api/v1/service/../service/iris/score',
    '/api/v1/service/iris\\score',
    '/api/v1/service/iris/score;a',
    '/api/v1/service/IRIS/score',
    '/API/v1/service/iris/score',
    '/api/v1/service/iris/score%00',
    '/e//api/v1/service/iris/score',
    '/healthz',
    '/metrics',
    '/constructor',
  ])('should not find %s', (path) => {
    expect(() => parseTarget(path)).toThrow(expect.objectContaining({ code: 'not_found' }));
  });

  it.each([
    'http://host/api/v1/service/iris/score',
    '*',
    'host:80',
    `/api/v1/service/iris/score?k=slk_${'a'.repeat(12)}_${'b'.repeat(43)}_0a1b2c3d`,
  ])('should refuse the target %s', (target) => {
    expect(() => parseTarget(target)).toThrow(expect.objectContaining({ code: 'bad_request' }));
  });

  it('should allow the methods of each resource', () => {
    for (const method of ['POST', 'GET']) checkMethod(method, 'score');
    for (const method of ['HEAD', 'PUT', 'OPTIONS', 'TRACE', 'DELETE', 'post']) {
      expect(() => checkMethod(method, 'score')).toThrow(expect.objectContaining({ code: 'method_not_allowed' }));
    }
    checkMethod('HEAD', 'swagger.json');
    expect(() => checkMethod('POST', '')).toThrow('POST is not allowed here; use GET or HEAD');
  });
});

describe(readHeaders.name, () => {
  it('should pass on what is the script’s and keep what is ours', () => {
    const read = readHeaders(
      [
        ['Host', 'evil'],
        ['Content-Type', 'application/json'],
        ['Content-Length', '5'],
        ['Authorization', 'Bearer secret'],
        ['Cookie', 'session=1'],
        ['X-Caller', 'tester'],
        ['x-ms-request-id', 'mine'],
        ['X-Ms-Client-Request-Id', 'my-own-id-1'],
        ['X-Slipway-Timeout-Ms', '1'],
        ['X-Forwarded-For', '1.2.3.4'],
        ['Forwarded', 'for=1.2.3.4'],
        ['Connection', 'close, X-Hop, Content-Type'],
        ['X-Hop', '1'],
        ['TE', 'trailers'],
        ['Expect', '100-continue'],
        ['__proto__', 'x'],
      ].flat(),
    );
    expect(read.forwarded).toBe(
      'Content-Type: application/json\r\nX-Caller: tester\r\nX-Ms-Client-Request-Id: my-own-id-1\r\n__proto__: x\r\n',
    );
    expect(read).toMatchObject({
      authorization: 'Bearer secret',
      clientRequestId: 'my-own-id-1',
      contentType: 'application/json',
    });
  });

  it('should drop a client request id that cannot be echoed', () => {
    expect(readHeaders(['x-ms-client-request-id', 'a'.repeat(257)])).toMatchObject({ clientRequestId: null, forwarded: '' });
    expect(readHeaders(['x-ms-client-request-id', 'caf\u00e9'])).toMatchObject({ clientRequestId: null, forwarded: '' });
  });

  it('should refuse two keys, too many headers and encoded bodies', () => {
    expect(() => readHeaders(['Authorization', 'Bearer a', 'authorization', 'Bearer b'])).toThrow('more than one Authorization');
    expect(() => readHeaders(Array.from({ length: 258 }, () => 'a'))).toThrow('more than 128 headers');
    expect(() => readHeaders(['Content-Encoding', 'gzip'])).toThrow(expect.objectContaining({ code: 'unsupported_media_type' }));
  });
});

describe(answerHeaders.name, () => {
  it('should let only known and custom headers of a model out', () => {
    const raw = [
      ['Content-Type', 'application/json'],
      ['x-ms-run-function-failed', 'True'],
      ['X-Own', '1'],
      ['Set-Cookie', 'a=1'],
      ['Location', 'http://evil'],
      ['Strict-Transport-Security', 'max-age=1'],
      ['Access-Control-Allow-Origin', '*'],
      ['Server', 'x'],
      ['Connection', 'keep-alive'],
      ['Transfer-Encoding', 'chunked'],
      ['WWW-Authenticate', 'Basic'],
      ['X-Ms-Request-Id', 'id'],
      ['X-Slipway-Unprocessed', '1'],
      ['X-Accel-Redirect', '/etc'],
    ].flat();
    expect(answerHeaders(raw)).toEqual(['Content-Type', 'application/json', 'x-ms-run-function-failed', 'True', 'X-Own', '1']);
  });
});

describe(checkKey.name, () => {
  const keys = ['one', 'two'].map((text) => ({ id: text, digest: Buffer.from(sha256Hex(text), 'hex') }));

  it('should name the key that matches', () => {
    expect(checkKey('Bearer two', keys)).toBe('two');
    expect(checkKey('bearer  one', keys)).toBe('one');
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', 'Bearer three', 'Basic b25l', 'one', 'Bearer one two', 'Bearer\tone'])(
    'should refuse %j with one text',
    (header) => {
      expect(() => checkKey(header, keys)).toThrow(
        "a key of this service is needed: send the header 'Authorization: Bearer <key>'",
      );
      expect(() => checkKey(header, [])).toThrow('a key of this service is needed');
    },
  );
});
