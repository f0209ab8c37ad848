import type { NextFunction, Request, Response } from 'express';
import { DomainError, uuidv7, withLogContext } from '#slipway/platform';

export type IdentifiedRequest = Request & { requestId: string };

/** Every answer names its request; a caller's own id is given back when it is short and printable. */
export function requestId(request: Request, response: Response, next: NextFunction): void {
  const id = uuidv7();
  (request as IdentifiedRequest).requestId = id;
  response.setHeader('x-ms-request-id', id);
  const client = request.headers['x-ms-client-request-id'];
  if (typeof client === 'string' && /^[\x21-\x7e]{1,128}$/.test(client)) response.setHeader('x-ms-client-request-id', client);
  withLogContext({ correlationId: id }, next);
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  // The API page sets styles on its elements.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Nothing of ours runs inside another page, is guessed at by a browser, or is kept by a cache. */
export function securityHeaders(request: Request, response: Response, next: NextFunction): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Content-Security-Policy', policy);
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  if (request.url.startsWith('/api/')) response.setHeader('Cache-Control', 'no-store');
  next();
}

/** Refuses an address that two readers could read as two, before anything is decided by it. */
export function strictTarget(request: Request, _response: Response, next: NextFunction): void {
  const [path = ''] = request.originalUrl.split('?', 1);
  if (isPlain(path)) next();
  else next(new DomainError('bad_request', 'the address is not a plain path: no //, no . or .. segments, no control characters'));
}

function isPlain(path: string): boolean {
  if (!/^\/[\x21-\x5b\x5d-\x7e]*$/.test(path)) return false;
  const segments = path.slice(1).split('/');
  return segments.every((segment, index) => {
    if (segment === '') return index === segments.length - 1;
    const text = decoded(segment);
    return text !== undefined && text !== '.' && text !== '..' && !hasControl(text);
  });
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

// oxlint-disable-next-line no-control-regex
const hasControl = (text: string): boolean => /[\u0000-\u001f\u007f\\]/.test(text);

/** A page of another site has no business here: browsers say where a request comes from (RFC 6454). */
export function sameOrigin(publicUrl: string) {
  const own = new URL(publicUrl).origin;
  return (request: Request, _response: Response, next: NextFunction): void => {
    const { origin, host } = request.headers;
    if (origin === undefined || origin === own || (host !== undefined && hostOf(origin) === host)) next();
    else next(new DomainError('forbidden', `requests from pages of '${origin.slice(0, 200)}' are not answered`));
  };
}

const hostOf = (origin: string): string | undefined => /^https?:\/\/([^/]+)$/.exec(origin)?.[1];
