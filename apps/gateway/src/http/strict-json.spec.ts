import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrictJson } from './strict-json.js';

const parse = (text: string): unknown => parseStrictJson(Buffer.from(text));

describe(parseStrictJson.name, () => {
  it('should read what JSON.stringify writes', () => {
    const plain = fc
      .jsonValue({ maxDepth: 6 })
      .filter((value) => !/__proto__|\\u0000/.test(JSON.stringify(value)) && JSON.stringify(value).isWellFormed());
    fc.assert(
      fc.property(plain, fc.constantFrom(undefined, 2, '\t'), (value, space) => {
        const text = JSON.stringify(value, undefined, space);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('should either refuse or agree with JSON.parse, whatever the bytes are', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          fc.string().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          let value: unknown;
          try {
            value = parseStrictJson(bytes);
          } catch (error) {
            expect(error).toMatchObject({ name: 'DomainError', code: 'bad_request' });
            return;
          }
          expect(value).toEqual(JSON.parse(Buffer.from(bytes).toString('utf8')));
        },
      ),
    );
  });

  it('should take one name in two objects, and whole characters however they are written', () => {
    expect(parse('[{"a":1},{"a":{"a":2}}]')).toEqual([{ a: 1 }, { a: { a: 2 } }]);
    expect(parse(String.raw`{"a":"\ud83d\ude00 \u00e9 \" \\ ü"}`)).toEqual({ a: '😀 é " \\ ü' });
    expect(parse('{"a": "a", "b": "a"}')).toEqual({ a: 'a', b: 'a' });
  });

  it.each([
    ['{"a":1,"b":{},"a":2}', "'a' twice"],
    [String.raw`{"a":1,"\u0061" :2}`, "'a' twice"],
    ['[{"x":[{"a":1,"a":1}]}]', "'a' twice"],
    ['{"__proto__":1}', '__proto__'],
    [String.raw`{"a":["\udc00"]}`, 'half of a character'],
    [String.raw`{"\u0000":1}`, 'U+0000'],
    ['\ufeff{}', 'byte order mark'],
    ['['.repeat(33) + ']'.repeat(33), 'deeper than 32'],
    ['{"a":}', "Unexpected token '}'"],
    ['', 'end of JSON input'],
  ])('should refuse %s', (text, why) => {
    expect(() => parse(text)).toThrow(why);
  });

  it('should not tell what the body holds', () => {
    expect(() => parse('{"password": secret}')).toThrow(/^(?!.*(?:secret|password))/);
  });

  it('should need time in proportion to the length', () => {
    const body = JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_value, index) => [`k${index}`, '\n"\\'])));
    const started = performance.now();
    parse(body);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
