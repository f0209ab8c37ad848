import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { Request, Response } from 'express';
import { DomainError, toErrorResponse } from '#slipway/platform';

/** Headers that belong to one connection (RFC 9110 §7.6.1) and are never passed on. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'expect',
]);
/** A stream on which nothing moves for this long is given up; a followed log sends empty lines in between. */
const idleMs = 120_000;

export interface ForwardTarget {
  base: string;
  path: string;
  authorization: string;
  requestId: string;
}

/**
 * Streams a request to another service and its answer back, without buffering either; the caller leaving ends both.
 * Resolves when the answer has been sent or given up.
 */
export function forward(target: ForwardTarget, request: Request, response: Response): Promise<void> {
  return new Promise((resolve) => {
    const headers: Record<string, string | string[]> = {
      authorization: target.authorization,
      'x-ms-request-id': target.requestId,
    };
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined && name !== 'authorization' && !name.startsWith('x-slipway-') && !hopByHop.has(name))
        headers[name] = value;
    }
    const outgoing = httpRequest(target.base + target.path, { method: request.method, headers, timeout: idleMs });
    outgoing.on('response', (incoming: IncomingMessage) => {
      response.status(incoming.statusCode ?? 502);
      for (const [name, value] of Object.entries(incoming.headers))
        if (value !== undefined && !hopByHop.has(name)) response.setHeader(name, value);
      response.flushHeaders();
      incoming.pipe(response);
      incoming.on('error', () => response.destroy());
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('idle')));
    outgoing.on('error', () => {
      if (response.headersSent) response.destroy();
      else {
        const body = toErrorResponse(
          new DomainError(
            'service_unavailable',
            'the service behind this address cannot be reached now; repeat the request in a few seconds',
          ),
          target.requestId,
        );
        response.status(body.statusCode).setHeader('Retry-After', '2').json(body);
      }
    });
    response.on('close', () => {
      outgoing.destroy();
      resolve();
    });
    request.on('error', () => outgoing.destroy());
    request.pipe(outgoing);
  });
}
