import { CommandContext, contextHeaders, type ServiceName } from '#slipway/contracts';
import { DomainError } from '../errors.js';
import { uuidv7 } from '../ids.js';

/** Default time that a command may take, in milliseconds. */
export const defaultDeadlineMs = 10_000;

interface ReadableHeaders {
  get(name: string): string;
}

/** Reads the context from the headers of a command. @throws DomainError `bad_request` when one is missing or wrong. */
export function readContext(headers: ReadableHeaders | undefined): CommandContext {
  const read = (name: string): string | undefined => headers?.get(name) || undefined;
  const parsed = CommandContext.safeParse({
    account: read(contextHeaders.account),
    actor: read(contextHeaders.actor),
    roles: (read(contextHeaders.roles) ?? '').split(',').filter(Boolean),
    correlationId: read(contextHeaders.correlationId),
    deadline: Number(read(contextHeaders.deadline)),
    idempotencyKey: read(contextHeaders.idempotencyKey),
  });
  if (!parsed.success)
    throw new DomainError(
      'bad_request',
      `the command has no usable context: ${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')}`,
    );
  return parsed.data;
}

export function writeContext(ctx: CommandContext): [string, string][] {
  const headers: [string, string][] = [
    [contextHeaders.account, ctx.account],
    [contextHeaders.actor, ctx.actor],
    [contextHeaders.roles, ctx.roles.join(',')],
    [contextHeaders.correlationId, ctx.correlationId],
    [contextHeaders.deadline, String(ctx.deadline)],
  ];
  if (ctx.idempotencyKey) headers.push([contextHeaders.idempotencyKey, ctx.idempotencyKey]);
  return headers;
}

/** The context of work that a service starts by itself. */
export function serviceContext(service: ServiceName, account: string, correlationId: string = uuidv7()): CommandContext {
  return {
    account,
    actor: `service:${service}`,
    roles: ['system'],
    correlationId,
    deadline: Date.now() + defaultDeadlineMs,
    idempotencyKey: uuidv7(),
  };
}
