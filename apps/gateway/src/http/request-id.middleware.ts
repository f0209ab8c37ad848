import type { NextFunction, Request, Response } from 'express';
import { uuidv7 } from '#slipway/platform';

export type IdentifiedRequest = Request & { requestId: string };

/** Every answer names its request; a caller's own id is given back when it is short and printable. */
export function requestId(request: Request, response: Response, next: NextFunction): void {
  const id = uuidv7();
  (request as IdentifiedRequest).requestId = id;
  response.setHeader('x-ms-request-id', id);
  const client = request.headers['x-ms-client-request-id'];
  if (typeof client === 'string' && /^[\x21-\x7e]{1,128}$/.test(client)) response.setHeader('x-ms-client-request-id', client);
  next();
}

/** Nothing of ours is meant to run inside another page or to be guessed at by a browser. */
export function securityHeaders(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader(
    'Content-Security-Policy',
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
  );
  next();
}
