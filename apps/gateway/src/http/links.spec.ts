import { describe, expect, it } from 'vitest';
import { Links } from './links.js';

describe(Links.name, () => {
  const links = new Links({ publicUrl: 'https://slipway.example/base', routerUrl: 'https://scoring.example' });

  it('should keep the query of a list in the address of its next page, but for its place', () => {
    const { nextLink } = links.page({ value: [1], nextToken: 'a&b=c' }, '/api/v1/accounts/default/models', {
      name: 'ü & x',
      count: 2,
      tag: undefined,
      $skipToken: 'old',
    });
    const url = new URL(nextLink!);
    expect(url.origin + url.pathname).toBe('https://slipway.example/base/api/v1/accounts/default/models');
    expect(Object.fromEntries(url.searchParams)).toEqual({ name: 'ü & x', count: '2', $skipToken: 'a&b=c' });
    expect(links.page({ value: [] }, '/x', {})).toEqual({ value: [] });
  });

  it('should leave a location out that is not known yet', () => {
    const operation = { id: `image-${'0'.repeat(36)}`, resourceLocation: null } as Parameters<Links['operation']>[0];
    expect(links.operation(operation).resourceLocation).toBeNull();
    expect(links.operation({ ...operation, resourceLocation: '/api/x' }).resourceLocation).toBe(
      'https://slipway.example/base/api/x',
    );
  });
});
