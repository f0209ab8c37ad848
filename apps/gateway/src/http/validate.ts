import { Param, type PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { DomainError } from '#slipway/platform';
import { Ref as RefText } from './list-query.js';

/** Parses a part of a request with a schema; a refusal points to each wrong field, at most ten. */
export class Valid<Schema extends z.ZodType> implements PipeTransform<unknown, z.output<Schema>> {
  constructor(
    private readonly schema: Schema,
    private readonly what: 'body' | 'query' | 'path' = 'body',
  ) {}

  transform(value: unknown): z.output<Schema> {
    const parsed = this.schema.safeParse(value ?? {});
    if (parsed.success) return parsed.data;
    const details = parsed.error.issues
      .slice(0, 10)
      .map((issue) => ({ code: issue.code, message: `${issue.path.join('.') || this.what}: ${issue.message}` }));
    throw new DomainError('bad_request', `the ${this.what} is not valid: ${details[0]?.message ?? ''}`, details);
  }
}

/** The id, name or `name:version` of a route. */
export const Ref = (): ParameterDecorator => Param('ref', new Valid(RefText, 'path'));
