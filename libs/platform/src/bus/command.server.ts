import { ServerNats, type MessageHandler } from '@nestjs/microservices';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { commandsOf, type ServiceName } from '#slipway/contracts';
import { systemClock } from '../clock.js';
import type { Log } from '../log.js';

/** How long running commands may go on when the service stops. */
const drainMs = 10_000;

/**
 * Nest's NATS transport with three things added: one handler for each command of the service (none or two stop the
 * start), a refused subscription stops the start, and running commands are answered before the connection closes.
 */
export class CommandServer extends ServerNats {
  /** Whether the bus knows of the subscriptions. */
  serving = false;
  private readonly subscribed: Subscription[] = [];
  private inFlight = 0;
  private readonly ownLog: Log;

  constructor(
    private readonly service: ServiceName,
    private readonly connection: Promise<NatsConnection>,
    log: Log,
    private readonly onFatal: (error: Error) => void,
  ) {
    super({});
    this.ownLog = log.for('commands');
  }

  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler?: boolean,
    extras?: Record<string, unknown>,
  ): void {
    if (!isEventHandler && this.messageHandlers.has(this.normalizePattern(pattern as string))) {
      throw new Error(`two handlers answer ${String(pattern)}; a command has one`);
    }
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  override async createNatsClient(): Promise<NatsConnection> {
    return this.connection;
  }

  /** Starts serving as soon as the bus is there; the service's start does not wait for it. */
  override async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      this.requireHandlers();
    } catch (error) {
      callback(error);
      return;
    }
    callback();
    try {
      const client = await this.connection;
      this.bindEvents(client);
      // Only then the server knows of the subscriptions; until then it answers that nobody is there.
      // A connection that is lost meanwhile tells the server again by itself.
      await client.flush().catch(() => undefined);
      this.serving = true;
    } catch (error) {
      this.onFatal(error as Error);
    }
  }

  override bindEvents(client: NatsConnection): void {
    for (const subject of this.messageHandlers.keys()) {
      const subscription = client.subscribe(subject, {
        queue: this.service,
        callback: (error, message) => {
          if (error) {
            this.onFatal(new Error(`the bus refused the subscription to ${subject}`, { cause: error }));
            return;
          }
          this.inFlight += 1;
          void this.handleMessage(subject, message).catch((failure: unknown) => {
            this.inFlight -= 1;
            this.ownLog.error('a message on the bus could not be handled', { subject }, failure);
          });
        },
      });
      this.subscribed.push(subscription);
    }
  }

  override getPublisher(...args: Parameters<ServerNats['getPublisher']>): (response: unknown) => unknown {
    const publish = super.getPublisher(...args) as (response: { isDisposed?: boolean; err?: unknown }) => unknown;
    let done = false;
    return (response) => {
      const packet = response as { isDisposed?: boolean; err?: unknown };
      if (!done && (packet.isDisposed || packet.err !== undefined)) {
        done = true;
        this.inFlight -= 1;
      }
      return publish(packet);
    };
  }

  override async close(): Promise<void> {
    for (const subscription of this.subscribed) subscription.unsubscribe();
    const end = systemClock.monotonic() + drainMs;
    while (this.inFlight > 0 && systemClock.monotonic() < end) await systemClock.sleep(20);
  }

  private requireHandlers(): void {
    const declared = commandsOf(this.service).map((command) => command.subject);
    const missing = declared.filter((subject) => !this.messageHandlers.has(subject));
    if (missing.length > 0) throw new Error(`${this.service} declares commands that nothing handles: ${missing.join(', ')}`);
    const foreign = [...this.messageHandlers.keys()].filter((subject) => !declared.includes(subject));
    if (foreign.length > 0) throw new Error(`${this.service} handles commands that it does not declare: ${foreign.join(', ')}`);
  }
}
