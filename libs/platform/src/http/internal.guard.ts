import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { InternalAuth, type InternalCaller } from '../auth/internal-auth.js';

type WithCaller = Request & { caller?: InternalCaller };
/** Metadata key of {@link Open}. */
export const openRouteKey = 'slipway:open';

/** Marks a route of an internal listener that needs no caller: health and metrics. */
export const Open = (): MethodDecorator & ClassDecorator => SetMetadata(openRouteKey, true);

/** Denies every route of an internal listener without a caller, except those marked `@Open()`. */
@Injectable()
export class InternalGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly auth: InternalAuth,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    if (this.reflector.getAllAndOverride<boolean>(openRouteKey, [context.getHandler(), context.getClass()])) return true;
    const request = context.switchToHttp().getRequest<WithCaller>();
    request.caller = await this.auth.authenticate(request.headers.authorization);
    return true;
  }
}

/** The checked caller of a route of an internal listener. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): InternalCaller => {
  const caller = context.switchToHttp().getRequest<WithCaller>().caller;
  if (!caller) throw new Error('the route has no caller: it is marked open');
  return caller;
});
