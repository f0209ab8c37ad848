import { describe, expect, it } from 'vitest';
import { makeSecret } from '#slipway/platform';
import { tokenOf } from './credentials.js';

const { text } = makeSecret('slp');
const carrier = (authorization: string | undefined, more: { url?: string; cookie?: string; rawHeaders?: string[] } = {}) => ({
  headers: { authorization, cookie: more.cookie },
  rawHeaders: more.rawHeaders ?? ['Host', 'x', 'Authorization', authorization ?? ''],
  url: more.url ?? '/api/v1/accounts/default/models?name=iris',
});
const basic = (user: string): string => `Basic ${Buffer.from(user).toString('base64')}`;

describe(tokenOf.name, () => {
  it('should read the schemes that a route takes, in any case', () => {
    expect(tokenOf(carrier(`Bearer ${text}`), ['Bearer'])).toBe(text);
    expect(tokenOf(carrier(`bearer ${text}`), ['Bearer'])).toBe(text);
    expect(tokenOf(carrier(basic(`anybody:${text}`)), ['Bearer', 'Basic'])).toBe(text);
    expect(tokenOf(carrier(basic(`:a:b`)), ['Basic'])).toBe('a:b');
    expect(tokenOf(carrier(basic(`anybody:${text}`)), ['Bearer'])).toBeUndefined();
  });

  it.each([undefined, '', 'Bearer', `Bearer  ${text}`, `Bearer ${text} x`, `Bearer\t${text}`, `Digest ${text}`, text])(
    'should find none in %j',
    (authorization) => {
      expect(tokenOf(carrier(authorization), ['Bearer', 'Basic'])).toBeUndefined();
    },
  );

  it.each([
    { url: `/x?access_token=${text}` },
    { url: '/x?a=1&token=y' },
    { url: `/x?name=${text}` },
    { url: `/x?name=${encodeURIComponent(text).replaceAll('_', '%5f')}` },
    { cookie: `a=b; t=${text}` },
    { rawHeaders: ['Authorization', `Bearer ${text}`, 'authorization', `Bearer ${text}`] },
  ])('should refuse one in a wrong place: %j', (more) => {
    expect(() => tokenOf(carrier(`Bearer ${text}`, more), ['Bearer'])).toThrow(
      expect.objectContaining({ code: 'bad_request' }) as Error,
    );
  });
});
