import { z } from 'zod';

/** A whole number as digits; what JavaScript would also read as one (`1e3`, `0x10`, an empty text) is refused. */
export const wholeNumber = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value),
    z.int(`expected a whole number from ${min} to ${max}`).min(min).max(max),
  );

/** `true` or `false`. */
export const flag = z
  .preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean('expected true or false'))
  .optional();

/** Printable text of a path or a query. */
export const plainText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    // oxlint-disable-next-line no-control-regex
    .regex(/^[^\u0000-\u001f\u007f]*$/u, 'expected text without control characters');

export const filter = plainText(320).optional();
/** An id, a name, or `name:version` in a path. */
export const Ref = plainText(320);

const apiVersion = { 'api-version': z.string().max(64).optional() };
/** Routes without a query of their own still take `api-version`, which means nothing. */
export const onlyVersion = z.strictObject(apiVersion);

/** Query of a list: the original's names, `$skipToken` among them. */
export function listQuery<Shape extends z.ZodRawShape>(filters: Shape) {
  return onlyVersion.extend({
    count: wholeNumber(1, 1000).optional(),
    $skipToken: plainText(512).optional(),
    ...filters,
  });
}

/** The query of a list as the commands' contracts name it. */
export function toPageRequest(query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { $skipToken, 'api-version': _version, ...rest } = query;
  return $skipToken === undefined ? rest : { ...rest, skipToken: $skipToken };
}
