import { describe, expect, it } from 'vitest';
import { keptPath } from './pack.js';
import { replacedModel } from './steps.js';
import { targetOf } from './update.js';

const model = (path: string) => ({ id: path, name: path, version: 1, digest: 'sha256:0', path, size: 1 });
const packed = (path: string, kept = path) => ({ typed: path, path, kept });

describe(keptPath.name, () => {
  it.each([
    [['app/outputs', 'app/outputs/model.pkl'], 'app/outputs/model.pkl'],
    [['app/lib', 'app/lib/a.py', 'app/lib/b.py'], 'app/lib'],
    [['app/lib', 'app/lib/text', 'app/lib/text/a.py', 'app/lib/text/b.py'], 'app/lib/text'],
  ])('should name %j as %s', (paths, kept) => expect(keptPath(paths)).toBe(kept));
});

describe(replacedModel.name, () => {
  it('should find the model of the same path, else the only one', () => {
    expect(replacedModel([model('a'), model('b')], packed('b')).path).toBe('b');
    expect(replacedModel([model('a')], packed('new')).path).toBe('a');
  });
  it('should not guess between two', () => {
    expect(() => replacedModel([model('a'), model('b')], packed('new'))).toThrow('-m new does not say which model it replaces');
  });
});

describe(targetOf.name, () => {
  it.each([
    ['model.pkl', packed('new.pkl'), 'model.pkl'],
    ['clf/model.pkl', packed('clf', 'clf/model.pkl'), 'clf'],
    ['clf/model.pkl', packed('new', 'new/model.pkl'), 'clf'],
    ['clf', packed('new'), 'clf'],
  ])('should put what replaces %s, typed as %j, at %s', (live, typed, target) => expect(targetOf(live, typed)).toBe(target));
});
