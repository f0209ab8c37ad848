import { describe, expect, it } from 'vitest';
import { CliError, plain, renderError } from './errors.js';
import { type Columns, render } from './output.js';

interface Row {
  name: string;
  tags: string[];
  size: number | null;
}
const rows: Row[] = [
  { name: 'a\tb', tags: ['x'], size: 1 },
  { name: 'longer name', tags: [], size: null },
];
const columns: Columns<Row> = [
  ['Name', (row) => row.name],
  ['Tags', (row) => row.tags],
  ['Size', (row) => row.size],
];

describe(render.name, () => {
  it('should line up a table', () => {
    expect(render('table', rows.slice(1), columns)).toBe('Name         Tags  Size\n-----------  ----  ----\nlonger name  []\n');
  });
  it('should keep one row a line in tsv', () => {
    expect(render('tsv', rows, columns)).toBe('a b\t["x"]\t1\nlonger name\t[]\t\n');
  });
  it('should give JSON and YAML of the whole value', () => {
    expect(JSON.parse(render('json', rows, columns))).toEqual(rows);
    expect(render('yaml', rows[0]!, columns)).toContain('size: 1');
  });
  it('should colour JSON without changing it', () => {
    // oxlint-disable-next-line no-control-regex
    expect(JSON.parse(render('jsonc', rows, columns).replace(/\u001b\[\d+m/g, ''))).toEqual(rows);
  });
});

describe(plain.name, () => {
  it('should show control characters instead of sending them', () => {
    expect(plain('a\u001b[31mb\rc')).toBe('a\\x1b[31mb\\x0dc');
  });
});

describe(renderError.name, () => {
  it('should end with what to do', () => {
    expect(renderError(new CliError('the model m.pkl is empty', 1, ['0 bytes'], 'train it'))).toBe(
      '  0 bytes\nerror: the model m.pkl is empty; next: train it\n',
    );
  });
});
