import { type Consumer, type ConsumerMessages, type JsMsg, jetstream } from '@nats-io/jetstream';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import type { NatsConnection } from '@nats-io/transport-node';
import { isObservable, lastValueFrom } from 'rxjs';
import { bus, EventEnvelope, type ServiceName, subscriptions } from '#slipway/contracts';
import { backoff, systemClock } from '../clock.js';
import type { Database } from '../db/database.js';
import { failpoint } from '../failpoints.js';
import { type Log, withLogContext } from '../log.js';
import { type Delivery, everyEvent, jetStreamTransport } from './consumes.decorator.js';
import type { DeadLetters } from './dead-letters.js';
import { Inbox } from './inbox.js';

/** Deliveries after which a message counts as poison. */
const maxDeliveries = 8;

/**
 * Delivers the service's durable on the stream of events to its `@Consumes` methods, one message at a time and in order:
 * inbox row and effect commit together, then the message is acknowledged; poison is parked as a dead letter.
 */
export class EventServer extends Server implements CustomTransportStrategy {
  override readonly transportId = jetStreamTransport;
  private readonly stopping = new AbortController();
  private messages: ConsumerMessages | undefined;
  private running: Promise<void> | undefined;
  private readonly inbox: Inbox;
  private readonly ownLog: Log;

  constructor(
    private readonly service: ServiceName,
    private readonly connection: Promise<NatsConnection>,
    private readonly database: Database,
    private readonly deadLetters: DeadLetters,
    log: Log,
  ) {
    super();
    this.initializeSerializer({});
    this.initializeDeserializer({});
    this.inbox = new Inbox(service);
    this.ownLog = log.for('events');
  }

  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler?: boolean,
    extras?: Record<string, unknown>,
  ): void {
    if (this.messageHandlers.has(String(pattern))) throw new Error(`two consumers handle ${String(pattern)}; a service has one`);
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  listen(callback: (error?: unknown) => void): void {
    try {
      this.requireHandlers();
    } catch (error) {
      callback(error);
      return;
    }
    if (this.messageHandlers.size > 0) this.running = this.run();
    callback();
  }

  on(): void {
    // No transport events are exposed.
  }

  unwrap<T>(): T {
    return this.messages as T;
  }

  async close(): Promise<void> {
    this.stopping.abort();
    // Before the first message there is nothing in hand, and the bus may be away.
    if (!this.messages) return;
    await this.messages.close();
    await this.running;
  }

  /** Handles a parked message again. @throws what the consumer throws. */
  async replay(deadLetterId: string): Promise<void> {
    await this.deadLetters.replay(deadLetterId, async (payload) => {
      const event = EventEnvelope.parse(JSON.parse(payload.toString('utf8')));
      await this.database.transaction((tx) => this.admitAndHandle({ tx, event }));
    });
  }

  private async run(): Promise<void> {
    for (let attempt = 0; !this.stopping.signal.aborted; attempt += 1) {
      try {
        const client = jetstream(await this.connection);
        const consumer: Consumer = await client.consumers.get(bus.eventsStream, this.service);
        this.messages = await consumer.consume({ max_messages: 100 });
        if (this.stopping.signal.aborted) await this.messages.close();
        void this.watch(this.messages);
        for await (const message of this.messages) {
          if (this.stopping.signal.aborted) return;
          await this.take(message);
          attempt = 0;
        }
      } catch (error) {
        if (!this.stopping.signal.aborted) this.ownLog.warn('consuming events stopped and will start again', { attempt }, error);
      }
      await systemClock.sleep(backoff(attempt, 200, 5_000), this.stopping.signal).catch(() => undefined);
    }
  }

  /** A consumer that vanished ends the loop, which starts again. */
  private async watch(messages: ConsumerMessages): Promise<void> {
    for await (const status of messages.status()) {
      if (status.type === 'consumer_not_found' || status.type === 'stream_not_found' || status.type === 'consumer_deleted') {
        this.ownLog.warn('the durable of this service is gone', { reason: status.type });
        await messages.close();
      }
    }
  }

  private async take(message: JsMsg): Promise<void> {
    let event: EventEnvelope;
    try {
      event = EventEnvelope.parse(message.json());
      const [, account, producer] = message.subject.split('.');
      if (event.source !== `/accounts/${account}/${producer}`)
        throw new Error(`source '${event.source}' does not fit the subject ${message.subject}`);
    } catch (error) {
      await this.deadLetters.park(this.service, message, error);
      message.term('unreadable');
      return;
    }
    await withLogContext({ correlationId: event.correlationid }, () => this.deliver(message, event));
  }

  private async deliver(message: JsMsg, event: EventEnvelope): Promise<void> {
    try {
      await this.database.transaction((tx) => this.admitAndHandle({ tx, event }));
      await failpoint('consumer.after_commit');
      message.ack();
    } catch (error) {
      this.ownLog.warn(
        'an event was not handled',
        { event: event.type, eventId: event.id, attempt: message.info.deliveryCount },
        error,
      );
      if (message.info.deliveryCount < maxDeliveries) {
        message.nak(backoff(message.info.deliveryCount, 100, 30_000));
      } else {
        await this.deadLetters.park(this.service, message, error);
        message.term('too many deliveries');
      }
    }
  }

  private async admitAndHandle(delivery: Delivery): Promise<void> {
    if (await this.inbox.admit(delivery.tx, delivery.event)) await this.handle(delivery);
  }

  private async handle(delivery: Delivery): Promise<void> {
    const handler = this.messageHandlers.get(delivery.event.type) ?? this.messageHandlers.get(everyEvent);
    if (!handler) return;
    // Every event of an aggregate matters to a consumer of all; the others apply only what is newer.
    if (!this.messageHandlers.has(everyEvent) && !(await this.inbox.advance(delivery.tx, delivery.event))) return;
    const result: unknown = await handler(delivery, undefined);
    if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    if (delivery.failure !== undefined) throw delivery.failure as Error;
  }

  private requireHandlers(): void {
    const wanted = subscriptions[this.service];
    const types = wanted === 'all' ? [everyEvent] : wanted.map((event) => event.type);
    const missing = types.filter((type) => !this.messageHandlers.has(type));
    if (missing.length > 0) throw new Error(`${this.service} subscribes to events that nothing consumes: ${missing.join(', ')}`);
    const foreign = [...this.messageHandlers.keys()].filter((type) => !types.includes(type));
    if (foreign.length > 0)
      throw new Error(`${this.service} consumes events that it does not subscribe to: ${foreign.join(', ')}`);
  }
}
