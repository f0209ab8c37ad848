import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { Request, Response } from 'express';
import { DomainError, drain } from '#slipway/platform';

/** Headers of a caller that mean something to the services; all others stay here. */
const passedOn = [
  'accept',
  'content-length',
  'content-range',
  'content-type',
  'if-match',
  'if-none-match',
  'range',
  'user-agent',
  'x-ms-client-request-id',
];
/** Headers of an answer that belong to one connection (RFC 9110 §7.6.1), or say how services know one another. */
const kept = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'set-cookie',
  'www-authenticate',
]);

export interface ForwardTarget {
  base: string;
  /** Path and query, sent as they are. */
  path: string;
  authorization: string;
  requestId: string;
  /** A stream on which nothing moves for this long is given up; 0 waits for ever. */
  idleMs: number;
}

/**
 * Streams a request to another service and its answer back: nothing is kept, the slower side sets the pace, and the
 * caller leaving ends both. Resolves when the answer has been sent or its connection is gone.
 * @throws DomainError `service_unavailable`, `deadline_exceeded` or `bad_gateway` when there is no answer that can be passed on
 */
export function forward(target: ForwardTarget, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(target.base + target.path, { method: request.method, headers: headersFor(target, request) });
    if (target.idleMs > 0) outgoing.setTimeout(target.idleMs, () => outgoing.destroy(new IdleError()));
    const stop = (): void => {
      outgoing.destroy();
      request.unpipe(outgoing);
      // A body that nobody reads would hold up the next request of its connection.
      drain(request);
    };
    const fail = (error: Error): void => {
      stop();
      if (response.headersSent) response.destroy();
      else reject(error);
    };
    outgoing.on('response', (incoming: IncomingMessage) => {
      if (incoming.statusCode === 401)
        return fail(
          new DomainError('bad_gateway', 'the service behind this address does not accept this gateway; its log says why'),
        );
      passHeaders(incoming, response);
      incoming.on('error', fail);
      incoming.pipe(response);
    });
    outgoing.on('error', (error) => {
      if (!response.writableEnded) fail(toRefusal(error));
    });
    response.on('close', () => {
      stop();
      resolve();
    });
    request.pipe(outgoing);
  });
}

class IdleError extends Error {}

function toRefusal(error: Error): DomainError {
  return error instanceof IdleError
    ? new DomainError('deadline_exceeded', 'the service behind this address did not answer in time; repeat the request', [], {
        cause: error,
      })
    : new DomainError(
        'service_unavailable',
        'the service behind this address cannot be reached now; repeat the request in a few seconds',
        [],
        { cause: error },
      );
}

function headersFor(target: ForwardTarget, request: Request): Record<string, string> {
  const headers: Record<string, string> = { authorization: target.authorization, 'x-ms-request-id': target.requestId };
  for (const name of passedOn) {
    const value = request.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return headers;
}

function passHeaders(incoming: IncomingMessage, response: Response): void {
  response.status(incoming.statusCode ?? 502);
  for (const [name, value] of Object.entries(incoming.headers)) {
    // The id of the request is the gateway's own.
    if (value !== undefined && !kept.has(name) && name !== 'x-ms-request-id') response.setHeader(name, value);
  }
  response.flushHeaders();
}
