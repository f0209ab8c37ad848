import { EventPattern } from '@nestjs/microservices';
import type { EventDefinition, EventEnvelope, EventOf } from '#slipway/contracts';
import type { Transaction } from '../db/database.js';

export const jetStreamTransport = Symbol('jetstream');
export const everyEvent = '*';

/** One delivery on its way through Nest; the strategy reads `failure` because Nest hides what a handler throws. */
export interface Delivery {
  tx: Transaction;
  event: EventEnvelope;
  failure?: unknown;
}

type Consumer<Event> = (tx: Transaction, event: Event) => Promise<void>;

/** Makes a method consume an event: inbox row and effect share its transaction; the acknowledgement comes after the commit. */
export function Consumes<E extends EventDefinition>(definition: E) {
  return (target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<Consumer<EventOf<E>>>): void => {
    wrap(
      target,
      key,
      descriptor,
      definition.type,
      (event) => ({ ...event, data: definition.data.parse(event.data) }) as EventOf<E>,
    );
  };
}

/** Makes a method consume every event of every account. */
export function ConsumesAll() {
  return (target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<Consumer<EventEnvelope>>): void => {
    wrap(target, key, descriptor, everyEvent, (event) => event);
  };
}

function wrap<Event>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Consumer<Event>>,
  pattern: string,
  read: (event: EventEnvelope) => Event,
): void {
  const method = descriptor.value!;
  descriptor.value = async function (this: unknown, delivery: Delivery) {
    try {
      await method.call(this, delivery.tx, read(delivery.event));
    } catch (error) {
      delivery.failure = error;
    }
  } as unknown as Consumer<Event>;
  EventPattern<string>(pattern, jetStreamTransport)(target, key, descriptor as PropertyDescriptor);
}
