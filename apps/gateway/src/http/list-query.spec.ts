import { describe, expect, it } from 'vitest';
import { DomainError } from '#slipway/platform';
import { flag, listQuery, plainText, toPageRequest, wholeNumber } from './list-query.js';
import { Valid } from './validate.js';

describe(listQuery.name, () => {
  const query = listQuery({ name: plainText(10).optional(), follow: flag });

  it('should read numbers and flags, and name things as commands do', () => {
    const read = query.parse({ count: '7', $skipToken: 'x', name: 'ü b', follow: 'false', 'api-version': 'any' });
    expect(read).toMatchObject({ count: 7, follow: false });
    expect(toPageRequest(read)).toEqual({ count: 7, skipToken: 'x', name: 'ü b', follow: false });
    expect(toPageRequest(query.parse({}))).toEqual({});
  });

  it.each([
    { count: '1e3' },
    { count: '0x1' },
    { count: '' },
    { count: '01001' },
    { count: ['1', '2'] },
    { follow: '1' },
    { follow: '' },
    { name: '' },
    { name: 'a\nb' },
    { other: '1' },
  ])('should refuse %j', (value) => {
    expect(query.safeParse(value).success).toBe(false);
  });

  it('should take leading zeros of a number for what they are', () => {
    expect(wholeNumber(0, 10).parse('007')).toBe(7);
  });
});

describe(Valid.name, () => {
  it('should point to each wrong field, at most ten', () => {
    const schema = listQuery(Object.fromEntries(Array.from({ length: 12 }, (_value, index) => [`f${index}`, plainText(1)])));
    let refusal: unknown;
    try {
      new Valid(schema, 'query').transform({});
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(DomainError);
    expect(refusal).toMatchObject({
      code: 'bad_request',
      message: expect.stringMatching(/^the query is not valid: f0: /) as string,
    });
    expect((refusal as DomainError).details).toHaveLength(10);
  });
});
