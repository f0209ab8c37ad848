import { z } from 'zod';
import { ErrorResponse } from '#slipway/contracts';
import { components, documentedRoutes, type DocumentedRoute } from './routes.js';

type Json = Record<string, unknown>;

const schemaPath = (name: string): string => `#/components/schemas/${name}`;

/** The OpenAPI 3.1 document, made from the contracts. */
export function buildOpenApi(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Slipway',
      version: '1',
      description:
        'Models, manifests, images and services. Every refusal has the shape of ErrorResponse. Wherever an id is taken, a name or name:version is taken too.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    tags: [...new Set(documentedRoutes.map((route) => route.tag))].map((name) => ({ name })),
    paths: paths(),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'An API token: slp_…' } },
      schemas: Object.fromEntries(
        [...Object.entries(components), ['ErrorResponse', ErrorResponse] as const].map(([name, schema]) => [
          name,
          toSchema(schema, isInput(name), name),
        ]),
      ),
    },
  };
}

/** What a caller sends may leave defaults out; what a caller gets has them. */
const isInput = (name: string): boolean => /Registration$|Creation$|Request$|Update$|Regeneration$/.test(name);

function paths(): Json {
  const result: Record<string, Json> = {};
  for (const route of documentedRoutes) (result[route.path] ??= {})[route.method] = operation(route);
  return result;
}

function operation(route: DocumentedRoute): Json {
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [route.tag],
    parameters: [
      ...pathParameters(route.path),
      ...queryParameters(route.query),
      ...(route.method === 'get' ? [] : [idempotencyKey]),
    ],
    ...(route.body
      ? { requestBody: { required: true, content: { 'application/json': { schema: reference(route.body, true) } } } }
      : {}),
    responses: {
      ...Object.fromEntries(Object.entries(route.answers).map(([status, answer]) => [status, response(answer, route)])),
      default: { description: 'A refusal', content: { 'application/json': { schema: { $ref: schemaPath('ErrorResponse') } } } },
    },
  };
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key with the same body gives the first answer again, for 24 hours.',
  schema: { type: 'string', maxLength: 128 },
};

function response(answer: z.ZodType | null | string, route: DocumentedRoute): Json {
  const headers = route.operation
    ? {
        headers: { 'Operation-Location': { description: 'Where to ask how it goes', schema: { type: 'string', format: 'uri' } } },
      }
    : {};
  if (answer === null) return { description: 'Done' };
  if (typeof answer === 'string') return { description: 'A stream', content: { [answer]: { schema: { type: 'string' } } } };
  return { description: 'Done', ...headers, content: { 'application/json': { schema: reference(answer, false) } } };
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
    ...(name === 'account' ? { example: 'default' } : {}),
  }));
}

function queryParameters(query: z.ZodType | undefined): Json[] {
  if (!query) return [];
  const { properties = {}, required = [] } = toSchema(query, true) as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema }));
}

/** A component by name, or the schema itself with components inside it by name. */
function reference(schema: z.ZodType, input: boolean): Json {
  const name = Object.entries(components).find(([, component]) => component === schema)?.[0];
  return name ? { $ref: schemaPath(name) } : toSchema(schema, input);
}

function toSchema(schema: z.ZodType, input: boolean, own?: string): Json {
  const names = new Map(
    Object.entries(components)
      .filter(([name]) => name !== own && isInput(name) === input)
      .map(([name, component]) => [component, name]),
  );
  const document = z.toJSONSchema(schema, {
    io: input ? 'input' : 'output',
    unrepresentable: 'any',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      const inner = zodSchema as unknown as z.ZodType;
      const name = names.get(inner);
      if (name === undefined || inner === schema) return;
      for (const key of Object.keys(jsonSchema)) delete (jsonSchema as Json)[key];
      (jsonSchema as Json).$ref = schemaPath(name);
    },
  }) as Json;
  delete document.$schema;
  return document;
}
