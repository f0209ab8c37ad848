import type { NextFunction, Request, Response } from 'express';
import { describe, expect, it } from 'vitest';
import { sameOrigin, strictTarget } from './edge.middleware.js';

type Middleware = (request: Request, response: Response, next: NextFunction) => void;
const run = (middleware: Middleware, request: object): unknown => {
  let outcome: unknown = 'not called';
  middleware(request as Request, {} as Response, (error?: unknown) => (outcome = error));
  return outcome;
};

describe(strictTarget.name, () => {
  it.each(['/', '/a/b', '/a/b/', '/a%20b', '/a:1', '/%C3%BC', '/a%2Fb', '/v2/x?next=//y/../z'])('should pass %s', (url) => {
    expect(run(strictTarget, { originalUrl: url })).toBeUndefined();
  });

  it.each([
    '',
    '*',
    'a',
    '//a',
    '/a//b',
    '/.',
    '/a/..',
    '/%2e%2e/a',
    '/.%2E',
    '/a%00',
    '/a%0a',
    '/a\\b',
    '/a%5cb',
    '/%',
    '/%ff',
    '/a b',
    '/ü',
  ])('should refuse %s', (url) => {
    expect(run(strictTarget, { originalUrl: url })).toMatchObject({ code: 'bad_request' });
  });
});

describe(sameOrigin.name, () => {
  const check = (headers: object): unknown => run(sameOrigin('https://slipway.example/base'), { headers });

  it('should pass what does not come from a page, and pages of its own', () => {
    expect(check({ host: 'inside:5080' })).toBeUndefined();
    expect(check({ host: '127.0.0.1:5080', origin: 'http://127.0.0.1:5080' })).toBeUndefined();
    expect(check({ host: 'inside:5080', origin: 'https://slipway.example' })).toBeUndefined();
  });

  it.each([
    'null',
    'http://evil.example',
    'http://127.0.0.1:5081',
    'http://127.0.0.1:5080.evil.example',
    'file://127.0.0.1:5080',
  ])('should refuse pages of %s', (origin) => {
    expect(check({ host: '127.0.0.1:5080', origin })).toMatchObject({ code: 'forbidden' });
  });
});
