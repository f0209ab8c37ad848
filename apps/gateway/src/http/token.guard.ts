import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';
import { DomainError, openRouteKey } from '#slipway/platform';
import { type Principal, TokensService, TooManyBadTokens } from '../tokens/tokens.service.js';
import { allowKey, allows, type Permission } from './allow.decorator.js';
import type { IdentifiedRequest } from './edge.middleware.js';

export type AuthenticatedRequest = IdentifiedRequest & { principal: Principal };

/** Denies by default: a route needs `@Allow(permission)`, a valid token with a role that holds it, and the token's own account. */
@Injectable()
export class TokenGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokensService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(openRouteKey, targets)) return true;
    const permission = this.reflector.getAllAndOverride<Permission | undefined>(allowKey, targets);
    const http = context.switchToHttp();
    const request = http.getRequest<AuthenticatedRequest>();
    const principal = await this.authenticate(request, http.getResponse<Response>());
    if (permission === undefined || !allows(principal.roles, permission)) {
      throw new DomainError('forbidden', `this token may not do that: it needs ${permission ?? 'a permission that nobody has'}`);
    }
    const { account } = request.params;
    if (account !== principal.account)
      throw new DomainError('not_found', `there is no account '${String(account).slice(0, 64)}'`);
    request.principal = principal;
    return true;
  }

  private async authenticate(request: AuthenticatedRequest, response: Response): Promise<Principal> {
    try {
      return await this.tokens.authenticate(request);
    } catch (error) {
      if (error instanceof TooManyBadTokens) response.setHeader('Retry-After', error.retryAfterSeconds);
      else if (error instanceof DomainError && error.code === 'unauthenticated')
        response.setHeader('WWW-Authenticate', 'Bearer realm="slipway"');
      throw error;
    }
  }
}
