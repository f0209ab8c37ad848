import type { z } from 'zod';
import type { ErrorCode } from './errors.js';

/** The services that own commands, events and tables. */
export const serviceNames = ['gateway', 'registry', 'builder', 'deployer', 'router', 'telemetry'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** A command: one value is its address, its validators and its types. Made by {@link defineCommand}. */
export interface CommandDefinition<Request extends z.ZodType = z.ZodType, Response extends z.ZodType = z.ZodType> {
  readonly kind: 'command';
  /** NATS subject, `cmd.<service>.<verb-noun>.v<n>`. */
  readonly subject: string;
  /** The service that answers, taken from the subject. */
  readonly service: ServiceName;
  readonly request: Request;
  readonly response: Response;
  /** Codes that a caller should expect besides `bad_request`, `internal`, `service_unavailable` and `deadline_exceeded`. */
  readonly errors: readonly ErrorCode[];
  /** Services whose NATS user may publish to the subject. */
  readonly callers: readonly ServiceName[];
}

/** An event: the fact's type, its producer and the shape of its data. Made by {@link defineEvent}. */
export interface EventDefinition<Data extends z.ZodType = z.ZodType> {
  readonly kind: 'event';
  /** CloudEvents type, `io.slipway.<Name>.v<n>`. */
  readonly type: string;
  /** `<Name>.v<n>`, the tail of the NATS subject. */
  readonly name: string;
  readonly producer: ServiceName;
  readonly data: Data;
}

export type RequestOf<C extends CommandDefinition> = z.output<C['request']>;
/** What a caller may send: defaults left out. */
export type RequestInputOf<C extends CommandDefinition> = z.input<C['request']>;
export type ResponseOf<C extends CommandDefinition> = z.output<C['response']>;
export type DataOf<E extends EventDefinition> = z.output<E['data']>;

const commandSubject = /^cmd\.(gateway|registry|builder|deployer|router|telemetry)\.[a-z]+(?:-[a-z]+)*\.v[1-9]\d*$/;
const eventType = /^io\.slipway\.([A-Z][A-Za-z]*\.v[1-9]\d*)$/;

/**
 * Declares a command. A breaking change is a new `.v2` beside the `.v1`.
 * @throws Error when the subject does not follow `cmd.<service>.<verb-noun>.v<n>`.
 */
export function defineCommand<Request extends z.ZodType, Response extends z.ZodType>(spec: {
  subject: string;
  request: Request;
  response: Response;
  errors?: readonly ErrorCode[];
  callers: readonly ServiceName[];
}): CommandDefinition<Request, Response> {
  const match = commandSubject.exec(spec.subject);
  if (!match) throw new Error(`'${spec.subject}' is not a command subject: expected cmd.<service>.<verb-noun>.v<n>`);
  return { kind: 'command', errors: [], ...spec, service: match[1] as ServiceName };
}

/**
 * Declares an event. A breaking change is a new `.v2` beside the `.v1`.
 * @throws Error when the type does not follow `io.slipway.<Name>.v<n>`.
 */
export function defineEvent<Data extends z.ZodType>(spec: {
  type: string;
  producer: ServiceName;
  data: Data;
}): EventDefinition<Data> {
  const match = eventType.exec(spec.type);
  if (!match?.[1]) throw new Error(`'${spec.type}' is not an event type: expected io.slipway.<Name>.v<n>`);
  return { kind: 'event', ...spec, name: match[1] };
}

/** The NATS subject of an event of one account: `evt.<account>.<service>.<Name>.v<n>`. */
export function eventSubject(event: EventDefinition, account: string): string {
  return `evt.${account}.${event.producer}.${event.name}`;
}
