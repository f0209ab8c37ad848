import { z } from 'zod';
import type { ErrorCode } from '#slipway/contracts';
import { httpStatus } from '#slipway/platform';
import { components } from './components.js';
import { examples } from './examples.js';
import type { DocumentedRoute } from './route.js';
import { documentedRoutes } from './routes.js';

type Json = Record<string, unknown>;

const refTo = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

/** The OpenAPI 3.1 document, made from the contracts. */
export function buildOpenApi(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Slipway',
      version: '1',
      description: [
        'Models, manifests, images and services. Wherever an id is taken, a name or name:version is taken too.',
        'Every refusal has the shape of ErrorResponse; every answer has the header x-ms-request-id.',
        'Layers and uploads go through the OCI distribution API at `/v2/`, with the same token as Bearer or as the password of Basic.',
      ].join(' '),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    externalDocs: {
      description: 'The OCI distribution API',
      url: 'https://github.com/opencontainers/distribution-spec/blob/main/spec.md',
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    tags: [...new Set(documentedRoutes.map((route) => route.tag))].map((name) => ({ name })),
    paths: paths(),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'An API token: slp_…' } },
      headers: { RequestId: requestIdHeader },
      schemas: Object.fromEntries(Object.entries(components).map(([name, schema]) => [name, component(name, schema)])),
    },
  };
}

/** What a caller sends may leave defaults out; what a caller gets has them. */
const isInput = (name: string): boolean => /Registration$|Creation$|ImageRequest$|Update$|Regeneration$|Setting$/.test(name);

function component(name: string, schema: z.ZodType): Json {
  const document = toSchema(schema, isInput(name), name);
  return name in examples ? { ...document, examples: [examples[name]] } : document;
}

function paths(): Json {
  const result: Record<string, Json> = {};
  for (const route of documentedRoutes) (result[route.path] ??= {})[route.method] = operation(route);
  return result;
}

function operation(route: DocumentedRoute): Json {
  const changes = route.method !== 'get';
  return {
    operationId: route.id,
    summary: route.summary,
    ...(route.description ? { description: route.description } : {}),
    tags: [route.tag],
    ...(route.open ? { security: [] } : {}),
    parameters: [...pathParameters(route.path), ...queryParameters(route.query), ...(changes ? [idempotencyKey] : [])],
    ...(route.body ? { requestBody: { required: true, content: json(reference(route.body, true)) } } : {}),
    responses: {
      ...Object.fromEntries(Object.entries(route.answers).map(([status, answer]) => [status, response(answer, route, changes)])),
      ...(route.open ? {} : refusals(route)),
      default: refusal('A refusal'),
    },
  };
}

const json = (schema: Json): Json => ({ 'application/json': { schema } });

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'The same key with the same body gives the first answer again, for 24 hours; with another body 422. Made when it is absent, and returned.',
  schema: { type: 'string', maxLength: 128, pattern: '^[!-~]+$' },
  example: 'train-2026-11-24/model',
};
const requestIdHeader = { description: 'The id of this request, in every log line and event of it', schema: { type: 'string' } };
const headerOf = (description: string, more: Json = {}): Json => ({ description, schema: { type: 'string', ...more } });

function response(answer: z.ZodType | null | string, route: DocumentedRoute, changes: boolean): Json {
  const headers = {
    'x-ms-request-id': { $ref: '#/components/headers/RequestId' },
    ...(changes ? { 'Idempotency-Key': headerOf('The key under which the change was made') } : {}),
    ...(route.operation ? { 'Operation-Location': headerOf('Where to ask how it goes', { format: 'uri' }) } : {}),
  };
  if (answer === null) return { description: 'Done', headers };
  if (typeof answer === 'string') return { description: 'Text', headers, content: { [answer]: { schema: { type: 'string' } } } };
  return { description: 'Done', headers, content: json(reference(answer, false)) };
}

/** Refusals by status; each names its codes. */
function refusals(route: DocumentedRoute): Json {
  const everywhere: ErrorCode[] = [
    'bad_request',
    'unauthenticated',
    'forbidden',
    'not_found',
    'rate_limited',
    'service_unavailable',
    'deadline_exceeded',
  ];
  const withBody: ErrorCode[] = route.body ? ['payload_too_large', 'unsupported_media_type'] : [];
  const byStatus = Map.groupBy(new Set([...everywhere, ...withBody, ...route.codes]), (code) => httpStatus[code]);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [String(status), refusal(codes.map((code) => `\`${code}\``).join(', '))]),
  );
}

const refusal = (description: string): Json => ({ description, content: json(refTo('ErrorResponse')) });

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    description: pathDescriptions[name!],
    schema: { type: 'string' },
    ...(name === 'account' ? { example: 'default' } : {}),
  }));
}

const pathDescriptions: Readonly<Record<string, string>> = {
  account: 'The account that the token belongs to',
  ref: 'An id, a name, or name:version',
  id: 'An id',
  name: 'A name',
};

function queryParameters(query: z.ZodType | undefined): Json[] {
  if (!query) return [];
  // Read as what comes out: whole numbers and flags are texts only on their way in.
  const { properties = {} } = toSchema(query, false) as { properties?: Record<string, Json> };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: false,
    ...((queryDescriptions[name] ?? description) ? { description: queryDescriptions[name] ?? description } : {}),
    schema,
  }));
}

const queryDescriptions: Readonly<Record<string, string>> = {
  'api-version': 'Accepted for compatibility; means nothing',
  $skipToken: 'Where the page begins, from a nextLink',
  count: 'Items of a page; default 100',
  after: 'A position; what came after it is wanted',
  limit: 'Events of a page',
  follow: 'Go on with what is new',
  maxLines: 'Newest lines to begin with',
  previous: 'Only replicas that have ended',
  requestId: 'Only lines of this request',
};

/** A component by name, or the schema itself with components inside it by name. */
function reference(schema: z.ZodType, input: boolean): Json {
  const name = Object.entries(components).find(([, known]) => known === schema)?.[0];
  return name ? refTo(name) : toSchema(schema, input);
}

function toSchema(schema: z.ZodType, input: boolean, own?: string): Json {
  const names = new Map<z.ZodType, string>(
    Object.entries(components)
      .filter(([name]) => name !== own && isInput(name) === input)
      .map(([name, known]) => [known, name]),
  );
  const document = z.toJSONSchema(schema, {
    io: input ? 'input' : 'output',
    unrepresentable: 'any',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      const inner = zodSchema as unknown as z.ZodType;
      const schemaJson = jsonSchema as Json;
      // A newer gateway may say more than this document knows.
      if (!input && schemaJson.additionalProperties === false) delete schemaJson.additionalProperties;
      const name = names.get(inner);
      if (name === undefined || inner === schema) return;
      for (const key of Object.keys(schemaJson)) delete schemaJson[key];
      Object.assign(schemaJson, refTo(name));
    },
  }) as Json;
  delete document.$schema;
  return document;
}
