import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ErrorResponse } from '#slipway/contracts';
import { DomainError, httpStatus, toErrorResponse } from '../errors.js';
import type { Log } from '../log.js';

/** Every refusal of an HTTP edge in one shape; nothing of the inside leaves. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request & { requestId?: string }>();
    const response = http.getResponse<Response>();
    const requestId = request.requestId ?? '';
    const body = toErrorResponse(fromNest(error), requestId);
    const fields = { requestId, method: request.method, path: request.path, code: body.code, status: body.statusCode };
    if (body.statusCode >= 500) this.log.error('a request failed', fields, error);
    else this.log.debug('a request was refused', fields);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if ((body.statusCode === 503 || body.statusCode === 429) && !response.hasHeader('Retry-After'))
      response.setHeader('Retry-After', '2');
    response.status(body.statusCode).json(ErrorResponse.parse(body));
  }
}

/** Nest's own refusals (no route, body parser) as our codes. */
function fromNest(error: unknown): unknown {
  const status = error instanceof HttpException ? error.getStatus() : bodyParserStatus(error);
  if (status === undefined) return error;
  const code =
    status === 413
      ? 'payload_too_large'
      : status === 415
        ? 'unsupported_media_type'
        : status === 405
          ? 'method_not_allowed'
          : status === 404
            ? 'not_found'
            : undefined;
  if (code) return new DomainError(code, error instanceof Error ? error.message : 'refused');
  if (status >= 400 && status < 500)
    return new DomainError('bad_request', error instanceof Error ? error.message : 'the request is not valid');
  return error;
}

/** The body parser's errors carry a status and a type. */
function bodyParserStatus(error: unknown): number | undefined {
  const candidate = error as { status?: unknown; type?: unknown; expose?: unknown } | null;
  return typeof candidate?.type === 'string' && typeof candidate.status === 'number' && candidate.status in statuses
    ? candidate.status
    : undefined;
}

const statuses = Object.fromEntries(Object.values(httpStatus).map((status) => [status, true])) as Record<number, true>;
