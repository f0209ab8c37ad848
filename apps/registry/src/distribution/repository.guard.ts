import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { InternalCaller } from '#slipway/platform';
import { authorize } from './repository-name.js';

type Use = 'pull' | 'push';
type WithRepository = Request & { caller?: InternalCaller; repository?: string };
const useKey = 'registry:use';

/** What a route does with its repository; a route without it is refused. */
export const Pulls = (): MethodDecorator => SetMetadata(useKey, 'pull' satisfies Use);
export const Pushes = (): MethodDecorator => SetMetadata(useKey, 'push' satisfies Use);

@Injectable()
export class RepositoryGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<WithRepository>();
    const use = this.reflector.get<Use | undefined>(useKey, context.getHandler());
    if (!use || !request.caller) return false;
    request.repository = authorize(request.caller, nameOf(request), use);
    return true;
  }
}

/** The repository that the guard has let the caller use. */
export const Repository = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const { repository } = context.switchToHttp().getRequest<WithRepository>();
  if (repository === undefined) throw new Error('the route has no checked repository');
  return repository;
});

function nameOf(request: Request): string {
  const name: unknown = request.params['name'];
  return Array.isArray(name) ? name.join('/') : String(name);
}
