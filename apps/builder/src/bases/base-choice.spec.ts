import { describe, expect, it } from 'vitest';
import { baseKey, readDebianChoice, writeDebianChoice } from './base-choice.js';

const packages = [
  { name: 'zlib1g', version: '1:1.2.13.dfsg-1', sha256: 'a'.repeat(64) },
  { name: 'libc6', version: '2.36-9+deb12u14', sha256: 'b'.repeat(64) },
];

describe('choice of Debian packages', () => {
  it('should be one text for one set of packages, and be read back', () => {
    const choice = writeDebianChoice(packages);
    expect(writeDebianChoice([...packages].reverse())).toBe(choice);
    expect(readDebianChoice(choice)).toEqual([packages[1], packages[0]]);
  });

  it('should have another key for another version', () => {
    const other = writeDebianChoice([packages[0]!, { ...packages[1]!, version: '2.36-9+deb12u15' }]);
    expect(baseKey(other)).not.toBe(baseKey(writeDebianChoice(packages)));
  });

  it.each(['none', 'debian\nlibc6', `debian\nlibc6=1=${'b'.repeat(63)}`, `debian\n--option=1=${'b'.repeat(64)}`])(
    'should refuse %s',
    (text) => {
      expect(() => readDebianChoice(text)).toThrow(/no (?:base|package)|not a base/);
    },
  );
});
