import { describe, expect, it } from 'vitest';
import { checkEntryPath, targetPathOf } from './entry-path.js';

describe(targetPathOf.name, () => {
  it.each([
    ['model.pkl', 'app/model.pkl'],
    ['./model.pkl', 'app/model.pkl'],
    ['outputs/model.pkl', 'app/outputs/model.pkl'],
    ['./outputs//./model.pkl', 'app/outputs/model.pkl'],
    ['outputs\\model.pkl', 'app/outputs/model.pkl'],
    ['outputs/', 'app/outputs'],
    ['/data/models/model.pkl', 'app/model.pkl'],
    ['../model.pkl', 'app/model.pkl'],
    ['a/../b/model.pkl', 'app/model.pkl'],
    ['C:\\models\\model.pkl', 'app/model.pkl'],
    ['.', 'app/project'],
    ['..', 'app/me'],
    ['..a/model.pkl', 'app/..a/model.pkl'],
    ['modèle.pkl', 'app/modèle.pkl'],
  ])('should keep %s at %s', (typed, target) => {
    expect(targetPathOf(typed, '/home/me/project')).toBe(target);
  });

  it('should refuse a path without a name', () => {
    expect(() => targetPathOf('/', '/home')).toThrow(/"\/" has no name to keep it under/);
  });
});

describe(checkEntryPath.name, () => {
  it('should allow what file systems allow', () => {
    for (const path of ['app', 'app/a b.txt', 'app/.hidden', 'app/...', 'app/é/模型', `app/${'x'.repeat(255)}`])
      checkEntryPath(path, undefined, 'app');
  });

  it('should tell a prefix from a longer name', () => {
    expect(() => checkEntryPath('application/x', undefined, 'app')).toThrow('archive entry "application/x" is outside app/');
  });
});
