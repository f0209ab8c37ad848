import { ClientNats, NatsRecordBuilder } from '@nestjs/microservices';
import { headers as natsHeaders, type NatsConnection } from '@nats-io/transport-node';
import { firstValueFrom, timeout, TimeoutError } from 'rxjs';
import type { CommandContext, CommandDefinition, RequestInputOf, ResponseOf, ServiceName } from '#slipway/contracts';
import { DomainError, fromWireError } from '../errors.js';
import { inboxPrefix } from './connection.js';
import { writeContext } from './context.js';

/** Largest payload of a command; anything larger is a blob. */
const maxPayloadBytes = 256 * 1024;

class SharedConnectionClient extends ClientNats {
  constructor(
    private readonly shared: () => Promise<NatsConnection>,
    service: string,
  ) {
    super({ inboxPrefix: inboxPrefix(service) });
  }
  override createClient(): Promise<NatsConnection> {
    return this.shared();
  }
  override async handleStatusUpdates(): Promise<void> {
    // The connection is shared and reconnects by itself; a command sent meanwhile ends at its deadline.
  }
}

/** Sends commands to other services, always with a deadline. */
export class CommandClient {
  private readonly client: SharedConnectionClient;

  constructor(
    private readonly service: ServiceName,
    private readonly connection: Promise<NatsConnection>,
  ) {
    this.client = new SharedConnectionClient(() => connection, service);
  }

  /**
   * @throws DomainError: the answering service's own, `service_unavailable` when nobody answers or the bus is away,
   *   `deadline_exceeded` when the deadline passed first; Error when this service is not among the command's callers
   *   (the server would let it wait for nothing).
   */
  async send<C extends CommandDefinition>(command: C, body: RequestInputOf<C>, ctx: CommandContext): Promise<ResponseOf<C>> {
    if (!command.callers.includes(this.service))
      throw new Error(`${this.service} is not among the callers of ${command.subject}`);
    const left = ctx.deadline - Date.now();
    if (left <= 0) throw new DomainError('deadline_exceeded', `the deadline passed before ${command.subject} was sent`);
    await this.requireBus(command, Math.min(left, 2_000));
    const record = new NatsRecordBuilder(body).setHeaders(toHeaders(ctx)).build();
    if (Buffer.byteLength(JSON.stringify(body)) > maxPayloadBytes) {
      throw new DomainError(
        'payload_too_large',
        `${command.subject} takes at most ${maxPayloadBytes / 1024} KiB; put larger content in a blob`,
      );
    }
    try {
      const answer: unknown = await firstValueFrom(this.client.send<unknown>(command.subject, record).pipe(timeout(left)));
      return command.response.parse(answer) as ResponseOf<C>;
    } catch (error) {
      throw this.translate(command, error);
    }
  }

  /** A command is refused at once while the bus is away, instead of waiting out its deadline. */
  private async requireBus(command: CommandDefinition, waitMs: number): Promise<void> {
    const pending = Symbol('pending');
    const connection = await Promise.race([
      this.connection,
      new Promise<typeof pending>((resolve) => setTimeout(resolve, waitMs, pending).unref()),
    ]);
    if (connection === pending || connection.isClosed() || !isConnected(connection))
      throw unavailable(command, 'the message bus is not reachable');
    await this.client.connect();
  }

  private translate(command: CommandDefinition, error: unknown): unknown {
    if (error instanceof DomainError) return error;
    if (error instanceof TimeoutError)
      return new DomainError(
        'deadline_exceeded',
        `${command.service} did not answer in time; the change may still happen, repeat with the same Idempotency-Key`,
      );
    // Nest does not export the class that says nobody subscribed.
    if (error instanceof Error && error.constructor.name === 'EmptyResponseException')
      return unavailable(command, `no ${command.service} service is running`);
    if (error !== null && typeof error === 'object' && 'code' in error && 'details' in error) return fromWireError(error);
    return new DomainError('internal', `${command.service} gave an answer that cannot be read`, [], { cause: error });
  }
}

function unavailable(command: CommandDefinition, why: string): DomainError {
  return new DomainError(
    'service_unavailable',
    `${command.service} cannot be asked now: ${why}; repeat the request in a few seconds`,
  );
}

function isConnected(connection: NatsConnection): boolean {
  // The transport keeps its state on the protocol object; `info` is cleared while it reconnects.
  const protocol = (connection as unknown as { protocol?: { connected?: boolean } }).protocol;
  return protocol?.connected ?? true;
}

function toHeaders(ctx: CommandContext): ReturnType<typeof natsHeaders> {
  const headers = natsHeaders();
  for (const [name, value] of writeContext(ctx)) headers.set(name, value);
  return headers;
}
