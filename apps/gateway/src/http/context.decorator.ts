import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Response } from 'express';
import type { CommandContext } from '#slipway/contracts';
import { defaultDeadlineMs, DomainError, uuidv7 } from '#slipway/platform';
import type { AuthenticatedRequest } from './token.guard.js';

/** The command context of a request: who asks, under which idempotency key, until when. */
export const Ctx = createParamDecorator((_data: unknown, context: ExecutionContext): CommandContext => {
  const http = context.switchToHttp();
  const request = http.getRequest<AuthenticatedRequest>();
  const idempotencyKey = idempotencyKeyOf(request);
  if (request.method !== 'GET') http.getResponse<Response>().setHeader('Idempotency-Key', idempotencyKey);
  return {
    account: request.principal.account,
    actor: request.principal.actor,
    roles: [...request.principal.roles],
    correlationId: request.requestId,
    deadline: Date.now() + defaultDeadlineMs,
    idempotencyKey,
  };
});

function idempotencyKeyOf(request: AuthenticatedRequest): string {
  const given = request.headers['idempotency-key'];
  if (given === undefined) return uuidv7();
  if (typeof given !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(given)) {
    throw new DomainError('bad_request', 'Idempotency-Key must be 1 to 128 printable characters without spaces');
  }
  return given;
}
