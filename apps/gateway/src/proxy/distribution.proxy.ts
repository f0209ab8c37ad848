import { Inject, Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import type { ErrorCode } from '#slipway/contracts';
import { DomainError, InternalTokenSigner, Log, toErrorResponse } from '#slipway/platform';
import { allows } from '../http/allow.decorator.js';
import type { IdentifiedRequest } from '../http/edge.middleware.js';
import { type Principal, TokensService, TooManyBadTokens } from '../tokens/tokens.service.js';
import { forward } from './forward.adapter.js';
import { UPSTREAMS, type Upstreams } from './streams.proxy.js';

/** Of an upload or a download; the registry needs some of it to check a large blob after its last byte. */
const idleMs = 120_000;

/** `/v2/*` to the registry, for any OCI client: Bearer or Basic, the password being an API token. */
@Injectable()
export class DistributionProxy {
  private readonly log: Log;

  constructor(
    @Inject(UPSTREAMS) private readonly upstreams: Upstreams,
    private readonly tokens: TokensService,
    private readonly signer: InternalTokenSigner,
    log: Log,
  ) {
    this.log = log.for('distribution');
  }

  /** Runs before any body is read: layers are streams. */
  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    if (request.path !== '/v2' && !request.path.startsWith('/v2/')) next();
    else void this.serve(request, response).catch((error: unknown) => this.refuse(error, request, response));
  };

  private async serve(request: Request, response: Response): Promise<void> {
    const caller = await this.tokens.authenticate(request, ['Bearer', 'Basic']);
    requirePermission(caller, request.method);
    await forward(
      {
        base: this.upstreams.registry,
        path: request.originalUrl,
        authorization: `Bearer ${await this.signer.sign(caller)}`,
        requestId: (request as IdentifiedRequest).requestId,
        idleMs,
      },
      request,
      response,
    );
  }

  /** The distribution specification's form of an error. */
  private refuse(error: unknown, request: Request, response: Response): void {
    const body = toErrorResponse(error, (request as IdentifiedRequest).requestId);
    const fields = { method: request.method, path: request.path, code: body.code, status: body.statusCode };
    if (body.statusCode >= 500) this.log.error('a request failed', fields, error);
    else this.log.debug('a request was refused', fields);
    if (body.statusCode === 401) response.setHeader('WWW-Authenticate', 'Basic realm="slipway"');
    if (error instanceof TooManyBadTokens) response.setHeader('Retry-After', error.retryAfterSeconds);
    if (body.statusCode === 503) response.setHeader('Retry-After', 2);
    const code = ociCodes[body.code as ErrorCode] ?? 'UNKNOWN';
    response.status(body.statusCode).json({ errors: [{ code, message: body.message }] });
  }
}

function requirePermission(caller: Principal, method: string): void {
  const permission = method === 'GET' || method === 'HEAD' ? 'blobs:read' : 'blobs:write';
  if (!allows(caller.roles, permission)) throw new DomainError('forbidden', `this token may not do that: it needs ${permission}`);
}

/** Codes of the OCI distribution specification for what the gateway itself refuses. */
const ociCodes: Partial<Record<ErrorCode, string>> = {
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'DENIED',
  rate_limited: 'TOOMANYREQUESTS',
  bad_request: 'UNSUPPORTED',
  service_unavailable: 'UNAVAILABLE',
  deadline_exceeded: 'UNAVAILABLE',
};
