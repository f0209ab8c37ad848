import { describe, expect, it } from 'vitest';
import { choosePython, pythonOfConda } from './python-pin.js';

const conda = (line: string) => `name: env\ndependencies:\n  - pip\n  - ${line}\n  - pip:\n      - scikit-learn\n`;
const here = [{ version: '3.12' }, { version: '3.11' }, { version: '3.9' }];
const chosen = (line: string) => choosePython(pythonOfConda(conda(line)), here);
const code = (name: string): unknown => expect.objectContaining({ code: name });

describe(choosePython.name, () => {
  it.each([
    ['python', '3.12'],
    ['python=3.11', '3.11'],
    ['python==3.10.*', '3.10'],
    ['python=3.13.2', '3.13'],
    ['python 3.11', '3.11'],
    ['python=3.11.*', '3.11'],
    ['python=3.11.4=h7a1cb2a_2', '3.11'],
    ['conda-forge::python=3.11', '3.11'],
    ['"python>=3.10,<3.12"', '3.11'],
    ['"python<3.12.5"', '3.12'],
    ['"python>3.10"', '3.12'],
    ['"python>=3.8,<4"', '3.12'],
    ['"python!=3.12"', '3.11'],
    ['python-dateutil=2.8', '3.12'],
  ])('should choose for %s', (line, version) => expect(chosen(line)).toBe(version));

  it('should take the newest without a conda file', () => {
    expect(choosePython(pythonOfConda(''), here)).toBe('3.12');
    expect(choosePython(pythonOfConda('name: only'), here)).toBe('3.12');
  });

  it('should say what is missing', () => {
    expect(() => chosen('"python>=3.14"')).toThrow(/those found here are: 3\.12, 3\.11/);
    expect(() => choosePython(pythonOfConda(''), [{ version: '3.9' }])).toThrow(/found here are: none; install python3/);
    expect(() => chosen('python=3.5.2')).toThrow(code('python_missing'));
    expect(() => chosen('python=2.7')).toThrow(code('python_missing'));
  });

  it('should refuse files that it cannot read', () => {
    expect(() => pythonOfConda('dependencies: [')).toThrow(code('unprocessable'));
    expect(() => pythonOfConda('dependencies: python')).toThrow(code('unprocessable'));
    expect(() => pythonOfConda(conda('python=latest'))).toThrow(code('unprocessable'));
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((name, at) => `${name}: &${name} [${`*${'abcdefg'[at]},`.repeat(9)}]`),
    ];
    expect(() => pythonOfConda(`${bomb.join('\n')}\ndependencies: *h`)).toThrow(code('unprocessable'));
  });
});
