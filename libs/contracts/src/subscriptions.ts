import type { EventDefinition, ServiceName } from './define.js';

/** Events that a service consumes through its one durable on `EVENTS`; `'all'` is every event of every account. */
export const subscriptions: Readonly<Record<ServiceName, 'all' | readonly EventDefinition[]>> = {
  gateway: 'all',
  registry: [],
  builder: [],
  deployer: [],
  router: [],
  telemetry: [],
};

/** Names on the bus that are not derived from a command or an event. */
export const bus = {
  eventsStream: 'EVENTS',
  capturesStream: 'CAPTURES',
  routesBucket: 'ROUTES',
} as const;
