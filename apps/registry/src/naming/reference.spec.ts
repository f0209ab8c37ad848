import { describe, expect, it } from 'vitest';
import { readReference } from './reference.js';

describe(readReference.name, () => {
  it('should take every UUID for an id', () => {
    const id = '01920000-0000-7000-8000-00000000000a';
    expect(readReference(id.toUpperCase())).toEqual([{ id }]);
    expect(readReference('c7f1d9a0-93c5-4c0e-8b4b-7f0d4f1e8a11')).toEqual([{ id: 'c7f1d9a0-93c5-4c0e-8b4b-7f0d4f1e8a11' }]);
  });

  it('should try the whole text as a name before it splits off a version', () => {
    expect(readReference('model.pkl')).toEqual([{ name: 'model.pkl' }]);
    expect(readReference('a:b:12')).toEqual([{ name: 'a:b:12' }, { name: 'a:b', version: 12 }]);
    expect(readReference('a:0')).toEqual([{ name: 'a:0' }]);
    expect(readReference('a:latest')).toEqual([{ name: 'a:latest' }]);
    expect(readReference(':3')).toEqual([{ name: ':3' }]);
  });

  it('should compare names in NFC', () => {
    expect(readReference('cafe\u0301:1')[1]).toEqual({ name: 'caf\u00e9', version: 1 });
  });
});
