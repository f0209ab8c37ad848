import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { DomainError, openRouteKey } from '#slipway/platform';
import { type Principal, TokensService } from '../tokens/tokens.service.js';
import { allowKey, allows, type Permission } from './allow.decorator.js';

export type AuthenticatedRequest = Request & { principal: Principal; requestId: string };

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
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const principal = await this.tokens.authenticate(request);
    if (permission === undefined || !allows(principal.roles, permission)) {
      throw new DomainError('forbidden', `this token may not do that: it needs ${permission ?? 'a permission that nobody has'}`);
    }
    const account = request.params.account;
    if (account !== undefined && account !== principal.account)
      throw new DomainError('not_found', `there is no account '${String(account).slice(0, 64)}'`);
    request.principal = principal;
    return true;
  }
}
