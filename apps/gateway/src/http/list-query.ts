import { z } from 'zod';

/** Query of a list: the original's names, `$skipToken` among them; `api-version` is accepted and means nothing. */
export function listQuery<Shape extends z.ZodRawShape>(filters: Shape) {
  return z.strictObject({
    count: z.coerce.number().int().min(1).max(1000).optional(),
    $skipToken: z.string().max(512).optional(),
    'api-version': z.string().max(64).optional(),
    ...filters,
  });
}

/** The query of a list as the commands' contracts name it. */
export function toPageRequest(query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { $skipToken, 'api-version': _version, ...rest } = query;
  return $skipToken === undefined ? rest : { ...rest, skipToken: $skipToken };
}

export const filter = z.string().min(1).max(320).optional();
/** Routes without a query of their own still take `api-version`. */
export const onlyVersion = z.strictObject({ 'api-version': z.string().max(64).optional() });
