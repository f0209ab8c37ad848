import { z } from 'zod';
import { bus, type EventDefinition, EventEnvelope, events } from '#slipway/contracts';

type Json = Record<string, unknown>;

const nameOf = (name: string): string => name.replace(/\.v\d+$/, '');

function withoutDialect(schema: z.ZodType): Json {
  const { $schema: _schema, ...rest } = z.toJSONSchema(schema, { unrepresentable: 'any' }) as Json;
  return rest;
}

/** `docs/events.md`: every event, who makes it, what it holds. */
export function describeEvents(): string {
  const lines = [
    '# Events',
    '',
    `Every committed fact is a CloudEvent 1.0 (structured JSON) on the JetStream stream \`${bus.eventsStream}\`, subject`,
    '`evt.<account>.<service>.<Name>.v1`. `id` is also the `Nats-Msg-Id`; `subject` the id of the resource; `sequence` its row',
    'version; `actor`, `correlationid` and `causationid` say who and why. Delivery is at least once: keep the ids you have seen.',
    'The same facts are at `GET /api/v1/accounts/{account}/events`, as pages or as server-sent events.',
    '',
    '| event | producer | data |',
    '| --- | --- | --- |',
    ...events.map((event) => `| \`${event.name}\` | ${event.producer} | ${fields(withoutDialect(event.data))} |`),
    '',
    'Generated from the contracts by `npm run gen`.',
    '',
  ];
  return lines.join('\n');
}

function fields(schema: Json): string {
  const { properties = {} } = schema as { properties?: Json };
  return Object.keys(properties)
    .map((name) => `\`${name}\``)
    .join(' ');
}

/** `docs/asyncapi.json`: the same as an AsyncAPI 3.0 document. */
export function buildAsyncApi(): Json {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Slipway events',
      version: '1',
      description: `CloudEvents 1.0 on the NATS JetStream stream ${bus.eventsStream}; delivery is at least once, in order for each resource.`,
    },
    defaultContentType: 'application/cloudevents+json',
    channels: Object.fromEntries(events.map((event) => [event.name, channel(event)])),
    operations: Object.fromEntries(events.map((event) => [`receive${nameOf(event.name)}`, receiving(event)])),
    components: { messages: Object.fromEntries(events.map((event) => [event.name, message(event)])) },
  };
}

const channel = (event: EventDefinition): Json => ({
  address: `evt.{account}.${event.producer}.${event.name}`,
  parameters: { account: { description: 'The account whose resource changed' } },
  messages: { [nameOf(event.name)]: { $ref: `#/components/messages/${event.name}` } },
});

const receiving = (event: EventDefinition): Json => ({
  action: 'receive',
  channel: { $ref: `#/channels/${event.name}` },
  messages: [{ $ref: `#/channels/${event.name}/messages/${nameOf(event.name)}` }],
});

const message = (event: EventDefinition): Json => ({
  name: event.type,
  contentType: 'application/cloudevents+json',
  payload: withoutDialect(EventEnvelope.extend({ type: z.literal(event.type), data: event.data })),
});
