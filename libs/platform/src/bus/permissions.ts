import { bus, commandsCalledBy, events, serviceNames, type ServiceName, subscriptions } from '#slipway/contracts';
import { inboxPrefix } from './connection.js';

/** What one service's NATS user may do. */
export interface NatsUser {
  service: ServiceName;
  publish: string[];
  subscribe: string[];
  /** May answer into the inbox of whoever asked. */
  allowResponses: boolean;
}

const durable = (stream: string, name: string): string[] => [
  `$JS.API.CONSUMER.INFO.${stream}.${name}`,
  `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`,
  `$JS.ACK.${stream}.${name}.>`,
];

/** The users of the bus with their rights, derived from the contracts: deny by default. */
export function natsPermissions(): NatsUser[] {
  return serviceNames.map((service) => {
    const publish = commandsCalledBy(service).map((command) => command.subject);
    const subscribe = [`cmd.${service}.>`, `${inboxPrefix(service)}.>`];
    if (events.some((event) => event.producer === service)) {
      publish.push(`evt.*.${service}.>`, `$JS.API.STREAM.INFO.${bus.eventsStream}`);
    }
    const consumes = subscriptions[service];
    if (consumes === 'all' || consumes.length > 0) publish.push(...durable(bus.eventsStream, service));
    if (service === 'telemetry') {
      const captures = bus.capturesStream;
      publish.push(`$JS.API.STREAM.INFO.${captures}`, `$JS.API.DIRECT.GET.${captures}`, `$JS.API.STREAM.PURGE.${captures}`);
    }
    const routes = `KV_${bus.routesBucket}`;
    if (service === 'deployer') {
      publish.push(
        `$KV.${bus.routesBucket}.>`,
        `$JS.API.STREAM.INFO.${routes}`,
        `$JS.API.DIRECT.GET.${routes}.>`,
        `$JS.API.DIRECT.GET.${routes}`,
      );
      subscribe.push('load.>');
    }
    if (service === 'router') {
      publish.push(
        'load.>',
        'cap.>',
        `$JS.API.STREAM.INFO.${routes}`,
        `$JS.API.CONSUMER.CREATE.${routes}.>`,
        `$JS.API.CONSUMER.DELETE.${routes}.>`,
        `$JS.API.CONSUMER.INFO.${routes}.>`,
        `$JS.API.CONSUMER.MSG.NEXT.${routes}.>`,
        `$JS.API.DIRECT.GET.${routes}.>`,
        `$JS.FC.>`,
      );
    }
    return { service, publish: [...new Set(publish)], subscribe, allowResponses: true };
  });
}
