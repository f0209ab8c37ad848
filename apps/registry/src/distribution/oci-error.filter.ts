import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DomainError, drain, Log } from '#slipway/platform';
import { ociCodes, OciRefusal, ociStatus } from './oci-refusal.js';

/** Every refusal of the distribution API in the form of the OCI specification. */
@Catch()
@Injectable()
export class OciErrorFilter implements ExceptionFilter {
  private readonly log: Log;

  constructor(log: Log) {
    this.log = log.for('distribution');
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const { code, message, detail } = toRefusal(error);
    const status = ociStatus[code];
    const fields = { method: request.method, path: request.path, code, status };
    if (response.headersSent || response.destroyed || request.socket.destroyed) {
      this.log.debug('a request ended before its answer', fields);
      response.destroy();
      return;
    }
    if (status >= 500) this.log.error('a request failed', fields, error);
    else this.log.debug('a request was refused', fields);
    if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="slipway-internal"');
    if (status === 503) response.setHeader('Retry-After', '2');
    // A body that nobody reads would hold up the next request of its connection.
    drain(request);
    response.status(status).json({ errors: [{ code, message, ...(detail ? { detail } : {}) }] });
  }
}

function toRefusal(error: unknown): OciRefusal {
  if (error instanceof OciRefusal) return error;
  if (error instanceof HttpException && error.getStatus() === 404)
    return new OciRefusal('UNSUPPORTED', 'this part of the distribution API does not exist here');
  if (error instanceof DomainError) return new OciRefusal(ociCodes[error.code] ?? 'INTERNAL', error.message);
  return new OciRefusal('INTERNAL', 'an unexpected error occurred; the log of the registry has the cause');
}
