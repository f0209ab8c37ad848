import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Response } from 'express';
import type { CommandContext } from '#slipway/contracts';
import { defaultDeadlineMs, DomainError, uuidv7 } from '#slipway/platform';
import type { AuthenticatedRequest } from './token.guard.js';

/** For a change, which may read what was uploaded before it answers. */
const changeDeadlineMs = 30_000;

/** The command context of a request: who asks, under which idempotency key, until when. */
export const Ctx = createParamDecorator((_data: unknown, context: ExecutionContext): CommandContext => {
  const http = context.switchToHttp();
  const request = http.getRequest<AuthenticatedRequest>();
  const { account, actor, roles } = request.principal;
  const base = { account, actor, roles: [...roles], correlationId: request.requestId };
  if (request.method === 'GET' || request.method === 'HEAD') return { ...base, deadline: Date.now() + defaultDeadlineMs };
  const idempotencyKey = idempotencyKeyOf(request);
  http.getResponse<Response>().setHeader('Idempotency-Key', idempotencyKey);
  return { ...base, deadline: Date.now() + changeDeadlineMs, idempotencyKey };
});

function idempotencyKeyOf(request: AuthenticatedRequest): string {
  const given = request.headers['idempotency-key'];
  if (given === undefined) return uuidv7();
  if (typeof given !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(given)) {
    throw new DomainError('bad_request', 'Idempotency-Key must be 1 to 128 printable characters without spaces');
  }
  return given;
}
