import { describe, expect, it } from 'vitest';
import { csvCell, csvLine } from './csv.js';
import { dayFolder, segment } from './paths.js';

describe(csvLine.name, () => {
  it.each([
    [-1.5, '-1.5'],
    ['-1.5e-3', '-1.5e-3'],
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "x"\n', '"say ""x""\n"'],
    [{ a: 1 }, '"{""a"":1}"'],
    [null, ''],
    [true, 'true'],
  ])('should write %j as %s', (value, text) => expect(csvCell(value)).toBe(text));

  it.each(['=1+1', '+1+1', '@SUM(A1)', '-2+3', '\t=1'])('should keep a spreadsheet from running %j', (text) => {
    expect(csvCell(text).replace(/^"/, '')).toBe(`'${text}`);
  });
});

describe(segment.name, () => {
  it.each(['..', '.', '', 'a/b', 'a\\b', '\u0000', 'ü', '...x'])('should keep %j inside its folder', (name) => {
    const encoded = segment(name);
    expect(encoded).not.toMatch(/[/\\\u0000]/);
    expect(encoded).not.toMatch(/^\.{0,2}$/);
    expect(decodeURIComponent(encoded)).toBe(name === '' ? '\u0000' : name);
  });

  it('should name the folder after account, environment, service, model, identifier and day', () => {
    const owner = { account: 'default', environment: 'local', serviceName: 'iris' };
    expect(dayFolder(owner, undefined, 'request', '2026-03-04T05:06:07.000Z')).toBe(
      'modeldata/default/local/iris/none/request/2026/03/04',
    );
  });
});
