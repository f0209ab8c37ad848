import { describe, expect, it } from 'vitest';
import type { Manifest } from '#slipway/contracts';
import { dependenciesKey, inputDigest, resolutionKey, runtimeKey } from './layer-key.js';

const target = { python: '3.11', platform: 'linux/amd64' } as const;

describe('keys of layers', () => {
  it('should differ by everything that goes into a layer', () => {
    const keys = [
      dependenciesKey('a', target),
      dependenciesKey('b', target),
      dependenciesKey('a', { ...target, python: '3.12' }),
      dependenciesKey('a', { ...target, platform: 'linux/arm64' }),
      runtimeKey('a', target),
      runtimeKey('b', target),
      resolutionKey(['a', 'b'], '', target),
      resolutionKey(['a,b'], '', target),
      resolutionKey(['a', 'b'], 'UV_INDEX=x', target),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(dependenciesKey('a', target)).toBe(dependenciesKey('a', { ...target }));
  });

  it('should name a build by its manifest', () => {
    const manifest = { id: '1', assets: [], models: [] } as unknown as Manifest;
    expect(inputDigest({ ...manifest, name: 'x' })).toBe(inputDigest(manifest));
    expect(inputDigest({ ...manifest, id: '2' })).not.toBe(inputDigest(manifest));
  });
});
