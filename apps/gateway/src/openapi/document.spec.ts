import { describe, expect, it } from 'vitest';
import { components } from './components.js';
import { buildOpenApi } from './document.js';
import { buildAsyncApi, describeEvents } from './events.js';
import { examples } from './examples.js';
import { documentedRoutes } from './routes.js';

type Schema = { [key: string]: unknown };
const document = buildOpenApi() as {
  paths: Record<
    string,
    Record<string, { operationId: string; responses: Record<string, Schema>; security?: unknown[]; parameters: Schema[] }>
  >;
  components: { schemas: Record<string, Schema> };
};

/** Every `$ref` inside. */
const refsIn = (value: unknown): string[] =>
  value === null || typeof value !== 'object'
    ? []
    : Object.entries(value).flatMap(([key, inner]) => (key === '$ref' ? [String(inner)] : refsIn(inner)));
const resolve = (root: unknown, ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], root);

describe(buildOpenApi.name, () => {
  it('should name each operation once and point only to what is there', () => {
    const ids = documentedRoutes.map((route) => route.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const ref of refsIn(document)) expect(`${ref} ${typeof resolve(document, ref)}`).toBe(`${ref} object`);
    for (const ref of refsIn(buildAsyncApi())) expect(`${ref} ${typeof resolve(buildAsyncApi(), ref)}`).toBe(`${ref} object`);
  });

  it('should have for each guarded operation its refusals, each in the one shape', () => {
    for (const { path, method, open } of documentedRoutes) {
      const operation = document.paths[path]![method]!;
      if (open) expect(operation.security).toEqual([]);
      else
        expect(Object.keys(operation.responses)).toEqual(
          expect.arrayContaining(['400', '401', '403', '404', '429', '503', '504', 'default']),
        );
      const refused = Object.entries(operation.responses).filter(
        ([status]) => status === 'default' || (!open && Number(status) >= 400),
      );
      for (const [, response] of refused) expect(refsIn(response)).toEqual(['#/components/schemas/ErrorResponse']);
    }
  });

  it('should have a body and a key for each change', () => {
    for (const { path, method, body } of documentedRoutes.filter((route) => route.method !== 'get')) {
      const operation = document.paths[path]![method]!;
      expect(operation.parameters.map((parameter) => parameter.name)).toContain('Idempotency-Key');
      expect('requestBody' in operation).toBe(body !== undefined);
    }
  });

  it('should have examples that fit', () => {
    for (const [name, example] of Object.entries(examples)) {
      const schema = components[name as keyof typeof components];
      expect(schema, name).toBeDefined();
      expect(schema.safeParse(example).error?.issues ?? [], name).toEqual([]);
      expect(document.components.schemas[name]?.examples).toEqual([example]);
    }
  });

  it('should let a newer gateway say more, and a caller no more than is known', () => {
    expect(document.components.schemas.Service).not.toHaveProperty('additionalProperties');
    expect(document.components.schemas.ServiceCreation).toHaveProperty('additionalProperties', false);
    expect(document.components.schemas.ServiceCreation?.required).toEqual(['name', 'imageId']);
  });
});

describe(describeEvents.name, () => {
  it('should have a line for each event', () => {
    expect(describeEvents()).toContain('| `ModelRegistered.v1` | registry | `id` `name` `version`');
  });
});
