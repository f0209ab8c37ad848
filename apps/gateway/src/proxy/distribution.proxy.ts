import { Inject, Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { DomainError, InternalTokenSigner, toErrorResponse } from '#slipway/platform';
import { allows } from '../http/allow.decorator.js';
import type { IdentifiedRequest } from '../http/request-id.middleware.js';
import { type Principal, TokensService } from '../tokens/tokens.service.js';
import { forward } from './forward.js';
import { UPSTREAMS, type Upstreams } from './streams.proxy.js';

/** `/v2/*` to the registry, for any OCI client: Bearer or Basic, the password being an API token. */
@Injectable()
export class DistributionProxy {
  constructor(
    @Inject(UPSTREAMS) private readonly upstreams: Upstreams,
    private readonly tokens: TokensService,
    private readonly signer: InternalTokenSigner,
  ) {}

  /** Runs before any body parser: layers are streams. */
  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    if (request.path !== '/v2' && !request.path.startsWith('/v2/')) {
      next();
      return;
    }
    void this.serve(request, response).catch(next);
  };

  private async serve(request: Request, response: Response): Promise<void> {
    const { requestId } = request as IdentifiedRequest;
    let caller: Principal;
    try {
      caller = await this.tokens.authenticate(request);
      const permission = request.method === 'GET' || request.method === 'HEAD' ? 'blobs:read' : 'blobs:write';
      if (!allows(caller.roles, permission))
        throw new DomainError('forbidden', `this token may not do that: it needs ${permission}`);
    } catch (error) {
      refuse(error, requestId, response);
      return;
    }
    await forward(
      {
        base: this.upstreams.registry,
        path: request.originalUrl,
        authorization: `Bearer ${await this.signer.sign(caller)}`,
        requestId,
      },
      request,
      response,
    );
  }
}

/** The distribution specification's form of an error. */
function refuse(error: unknown, requestId: string, response: Response): void {
  const body = toErrorResponse(error, requestId);
  if (body.statusCode === 401) response.setHeader('WWW-Authenticate', 'Basic realm="slipway"');
  const code =
    body.statusCode === 401
      ? 'UNAUTHORIZED'
      : body.statusCode === 403
        ? 'DENIED'
        : body.statusCode === 429
          ? 'TOOMANYREQUESTS'
          : 'UNKNOWN';
  response.status(body.statusCode).json({ errors: [{ code, message: body.message }] });
}
