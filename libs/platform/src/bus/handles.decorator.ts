import { Ctx, MessagePattern, type NatsContext, Payload, RpcException, Transport } from '@nestjs/microservices';
import type { MsgHdrs } from '@nats-io/transport-node';
import type { CommandContext, CommandDefinition, RequestOf, ResponseOf } from '#slipway/contracts';
import { DomainError, toWireError } from '../errors.js';
import { Log, withLogContext } from '../log.js';
import { readContext } from './context.js';

let log = Log.silent();
/** Sets where refused and failed commands are logged; called once by the service's start. */
export const logCommandsTo = (target: Log): void => {
  log = target.for('commands');
};

type Handler<C extends CommandDefinition> = (input: RequestOf<C>, ctx: CommandContext) => Promise<ResponseOf<C>>;

/**
 * Makes a method the one that answers a command: reads the context, refuses what is past its deadline, parses the
 * request with the contract, and sends back a DomainError's facts or `internal`.
 */
export function Handles<C extends CommandDefinition>(command: C) {
  return (target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<Handler<C>>): void => {
    const method = descriptor.value!;
    const wrapped = async function (this: unknown, raw: unknown, nats: NatsContext): Promise<unknown> {
      let ctx: CommandContext;
      try {
        ctx = readContext(nats.getHeaders() as MsgHdrs | undefined);
      } catch (error) {
        report(command, error);
        throw new RpcException(toWireError(error));
      }
      return withLogContext({ correlationId: ctx.correlationId, account: ctx.account }, async () => {
        try {
          if (ctx.deadline <= Date.now())
            throw new DomainError('deadline_exceeded', `${command.subject} arrived after its deadline and was not started`);
          return await method.call(this, parseRequest(command, raw), ctx);
        } catch (error) {
          report(command, error);
          throw new RpcException(toWireError(error));
        }
      });
    };
    descriptor.value = wrapped as unknown as Handler<C>;
    Payload()(target, key, 0);
    Ctx()(target, key, 1);
    MessagePattern<string>(command.subject, Transport.NATS)(target, key, descriptor as PropertyDescriptor);
  };
}

/** @throws DomainError `bad_request` that points to each wrong field, at most ten. */
export function parseRequest<C extends CommandDefinition>(command: C, raw: unknown): RequestOf<C> {
  const parsed = command.request.safeParse(raw);
  if (parsed.success) return parsed.data as RequestOf<C>;
  const details = parsed.error.issues
    .slice(0, 10)
    .map((issue) => ({ code: issue.code, message: `${issue.path.join('.') || 'body'}: ${issue.message}` }));
  throw new DomainError('bad_request', `the request is not valid: ${details[0]?.message ?? 'see details'}`, details);
}

function report(command: CommandDefinition, error: unknown): void {
  if (error instanceof DomainError)
    log.info('a command was refused', { command: command.subject, code: error.code, reason: error.message });
  else log.error('a command failed', { command: command.subject }, error);
}
