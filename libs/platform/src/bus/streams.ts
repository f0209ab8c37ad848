import {
  AckPolicy,
  DiscardPolicy,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { bus, type EventDefinition, serviceNames, subscriptions } from '#slipway/contracts';

const day = 24 * 3_600_000;

export interface StreamLimits {
  eventsMaxAgeMs: number;
  eventsMaxBytes: number;
  capturesMaxBytes: number;
}

export const defaultStreamLimits: StreamLimits = {
  eventsMaxAgeMs: 30 * day,
  eventsMaxBytes: 10 * 2 ** 30,
  capturesMaxBytes: 10 * 2 ** 30,
};

/** `evt.*.<producer>.<Name>` of an event, for every account. */
export const eventFilter = (event: EventDefinition): string => `evt.*.${event.producer}.${event.name}`;

/** Makes streams, the bucket of routes and the durables, or brings them to their settings. Only this step has the right to. */
export async function setUpBus(connection: NatsConnection, limits: StreamLimits = defaultStreamLimits): Promise<void> {
  const manager = await jetstreamManager(connection);
  await ensureStream(manager, {
    name: bus.eventsStream,
    subjects: ['evt.>'],
    max_age: nanos(limits.eventsMaxAgeMs),
    max_bytes: limits.eventsMaxBytes,
    discard: DiscardPolicy.Old,
    duplicate_window: nanos(120_000),
  });
  await ensureStream(manager, {
    name: bus.capturesStream,
    subjects: ['cap.>'],
    max_age: 0,
    max_bytes: limits.capturesMaxBytes,
    // A full capture log refuses new records: the routers keep them in their spool and count what that cannot hold.
    discard: DiscardPolicy.New,
    duplicate_window: nanos(120_000),
    // Telemetry reads by offset: its position is a row in PostgreSQL, committed with what was written.
    allow_direct: true,
  });
  await new Kvm(connection).create(bus.routesBucket, { history: 1, storage: StorageType.File });
  for (const service of serviceNames) {
    const wanted = subscriptions[service];
    if (wanted === 'all') await ensureDurable(manager, bus.eventsStream, service, ['evt.>']);
    else if (wanted.length > 0) await ensureDurable(manager, bus.eventsStream, service, wanted.map(eventFilter));
  }
}

interface StreamSettings {
  name: string;
  subjects: string[];
  max_age: number;
  max_bytes: number;
  discard: DiscardPolicy;
  duplicate_window: number;
  allow_direct?: boolean;
}

async function ensureStream(manager: JetStreamManager, settings: StreamSettings): Promise<void> {
  const full = { ...settings, retention: RetentionPolicy.Limits, storage: StorageType.File, num_replicas: 1 };
  const exists = await manager.streams.info(settings.name).then(
    () => true,
    () => false,
  );
  await (exists ? manager.streams.update(settings.name, full) : manager.streams.add(full));
}

async function ensureDurable(manager: JetStreamManager, stream: string, name: string, filters: string[]): Promise<void> {
  const settings = {
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(30_000),
    max_deliver: -1,
    max_ack_pending: 1_000,
    filter_subjects: filters,
  };
  const exists = await manager.consumers.info(stream, name).then(
    () => true,
    () => false,
  );
  await (exists
    ? manager.consumers.update(stream, name, settings)
    : manager.consumers.add(stream, { durable_name: name, ...settings }));
}
