import { describe, expect, it } from 'vitest';
import { RootFinder } from './archive-facts.js';

/** Entries as a canonical tar has them; a trailing slash is a folder. */
function rootOf(...entries: string[]): { path: string; kind: string } {
  const root = new RootFinder();
  for (const entry of entries) {
    if (entry.endsWith('/')) root.add({ path: entry.slice(0, -1), kind: 'directory' });
    else root.add({ path: entry, kind: 'file' });
  }
  return { path: root.path, kind: root.kind };
}

describe(RootFinder.name, () => {
  it('should find a single file at the path that was typed', () => {
    expect(rootOf('app/', 'app/model.pkl')).toEqual({ path: 'model.pkl', kind: 'file' });
    expect(rootOf('app/', 'app/outputs/', 'app/outputs/model.pkl')).toEqual({ path: 'outputs/model.pkl', kind: 'file' });
  });

  it('should find the folder that holds everything', () => {
    expect(rootOf('app/', 'app/m/', 'app/m/a', 'app/m/b')).toEqual({ path: 'm', kind: 'directory' });
    expect(rootOf('app/', 'app/m/', 'app/m/deep/', 'app/m/deep/a', 'app/m/z')).toEqual({ path: 'm', kind: 'directory' });
    expect(rootOf('app/', 'app/m/', 'app/m/empty/', 'app/m/file')).toEqual({ path: 'm', kind: 'directory' });
    expect(rootOf('app/', 'app/lib/', 'app/lib/text/', 'app/lib/text/a', 'app/lib/text/b')).toEqual({
      path: 'lib/text',
      kind: 'directory',
    });
  });

  it('should not take a name for the folder that it starts with', () => {
    expect(rootOf('app/', 'app/m/', 'app/m/a', 'app/ma/', 'app/ma/b')).toEqual({ path: '', kind: 'directory' });
  });

  it('should have no path for nothing and for several things', () => {
    expect(rootOf('app/').path).toBe('');
    expect(rootOf().path).toBe('');
    expect(rootOf('app/', 'app/a', 'app/b').path).toBe('');
    expect(rootOf('app/', 'app/m/')).toEqual({ path: 'm', kind: 'directory' });
  });
});
