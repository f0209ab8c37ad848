import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderEntries, importableNames } from './folder-entries.js';

describe('a folder of packages', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-folder-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('should be read with names that differ only in case, and without links', async () => {
    for (const name of ['a.py', 'A.py']) writeFileSync(join(folder, name), name);
    symlinkSync('/etc/passwd', join(folder, 'link'));
    const paths = (await folderEntries(folder, 'opt/x')).map(({ path }) => path);
    expect(paths.sort()).toEqual(['opt/x', 'opt/x/A.py', 'opt/x/a.py']);
  });

  it('should tell what can be imported from it', async () => {
    for (const name of [
      'six.py',
      'fast.cpython-311-x86_64-linux-gnu.so',
      'stable.abi3.so',
      'plain.so',
      'README.md',
      'typed.pyi',
      'not-a-name.py',
    ])
      writeFileSync(join(folder, name), '');
    for (const name of ['numpy', 'numpy-2.4.6.dist-info', 'numpy.libs', '__pycache__', 'google']) mkdirSync(join(folder, name));
    expect(await importableNames(folder)).toEqual(['fast', 'google', 'numpy', 'plain', 'six', 'stable']);
  });
});
