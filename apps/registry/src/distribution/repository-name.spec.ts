import { describe, expect, it } from 'vitest';
import type { InternalCaller } from '#slipway/platform';
import { authorize, hasFixedTags, isUploads, mayPull, parseReference, parseRepository } from './repository-name.js';

const caller = (role: string, account: string | undefined = 'acme'): InternalCaller => ({
  account,
  actor: 'token:1',
  roles: [role],
});
const code = (name: string): unknown => expect.objectContaining({ code: name });

describe(parseRepository.name, () => {
  it.each(['acme/models', 'acme/iris.v2', 'acme/a__b/c-d', 'a1/x'])('should take %s', (name) =>
    expect(parseRepository(name)).toEqual({ account: name.split('/')[0], name }),
  );

  it.each([
    'acme',
    'acme/',
    'acme//x',
    'Acme/x',
    'acme/X',
    'acme/a..b',
    'acme/-a',
    'acme/a_',
    '1acme/x',
    '',
    `acme/${'x'.repeat(260)}`,
  ])('should refuse %s', (name) => expect(() => parseRepository(name)).toThrow(code('NAME_INVALID')));
});

describe(authorize.name, () => {
  it('should keep accounts apart, whatever exists', () => {
    expect(authorize(caller('owner'), 'acme/uploads', 'push')).toBe('acme/uploads');
    expect(() => authorize(caller('owner'), 'acme2/uploads', 'pull')).toThrow(code('DENIED'));
    expect(() => authorize(caller('owner'), 'acme-2/uploads', 'push')).toThrow(code('DENIED'));
  });

  it('should let readers read and contributors write', () => {
    expect(authorize(caller('reader'), 'acme/iris', 'pull')).toBe('acme/iris');
    expect(() => authorize(caller('reader'), 'acme/iris', 'push')).toThrow(code('DENIED'));
    expect(() => authorize(caller('scorer'), 'acme/iris', 'pull')).toThrow(code('DENIED'));
    expect(authorize(caller('contributor'), 'acme/iris', 'push')).toBe('acme/iris');
  });

  it('should let only services write where models are published', () => {
    expect(() => authorize(caller('owner'), 'acme/models', 'push')).toThrow(code('DENIED'));
    expect(authorize({ account: undefined, actor: 'service:builder', roles: ['system'] }, 'acme/models', 'push')).toBe(
      'acme/models',
    );
  });

  it('should not mount from what the caller cannot read', () => {
    expect(mayPull(caller('owner'), 'acme/uploads')).toBe(true);
    expect(mayPull(caller('owner'), 'other/uploads')).toBe(false);
    expect(mayPull(caller('owner'), 'no name')).toBe(false);
  });
});

describe(parseReference.name, () => {
  it('should tell digests and tags apart', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(parseReference(digest)).toEqual({ digest });
    expect(parseReference('1.0_x')).toEqual({ tag: '1.0_x' });
    expect(() => parseReference('sha256:abc')).toThrow(code('DIGEST_INVALID'));
    expect(() => parseReference('.x')).toThrow(code('TAG_INVALID'));
    expect(() => parseReference('x'.repeat(129))).toThrow(code('TAG_INVALID'));
  });
});

it('should know uploads and the repositories whose tags stay', () => {
  expect([isUploads('acme/uploads'), isUploads('acme/x/uploads')]).toEqual([true, false]);
  expect([hasFixedTags('acme/iris'), hasFixedTags('acme/team/iris')]).toEqual([true, false]);
});
