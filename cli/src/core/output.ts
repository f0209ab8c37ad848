import { stringify as toYaml } from 'yaml';
import { plain } from './errors.js';

export const formats = ['table', 'json', 'jsonc', 'tsv', 'yaml'] as const;
export type Format = (typeof formats)[number];

/** A table's columns: heading and how to read the cell. */
export type Columns<Row> = readonly (readonly [heading: string, cell: (row: Row) => unknown])[];

type Plain = Record<string, unknown>;

/** The result of a command in the wanted format; ends with a newline. */
export function render<Row>(format: Format, value: Row | readonly Row[], columns: Columns<Row>): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(value, null, 2)}\n`;
    case 'jsonc':
      return `${colour(JSON.stringify(value, null, 2))}\n`;
    case 'yaml':
      return toYaml(value);
    case 'tsv':
      return rowsOf(value)
        .map((row) => `${columns.map(([, cell]) => tsvCell(cell(row))).join('\t')}\n`)
        .join('');
    case 'table':
      return table(rowsOf(value), columns);
  }
}

const rowsOf = <Row>(value: Row | readonly Row[]): readonly Row[] =>
  Array.isArray(value) ? (value as readonly Row[]) : [value as Row];

function tsvCell(value: unknown): string {
  return cellText(value).replace(/[\t\r\n]/g, ' ');
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return plain(typeof value === 'object' ? JSON.stringify(value as Plain) : String(value as string));
}

function table<Row>(rows: readonly Row[], columns: Columns<Row>): string {
  if (rows.length === 0) return '';
  const lines = [columns.map(([heading]) => heading), ...rows.map((row) => columns.map(([, cell]) => cellText(cell(row))))];
  const widths = columns.map((_column, index) => Math.max(...lines.map((line) => line[index]!.length)));
  lines.splice(
    1,
    0,
    widths.map((width) => '-'.repeat(width)),
  );
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, index) => cell.padEnd(widths[index]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Keys, texts and the rest of a JSON text in three colours. */
function colour(json: string): string {
  return json.replace(
    /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g,
    (match, text: string | undefined, colon: string | undefined) => {
      if (text !== undefined && colon !== undefined) return `\u001b[34m${text}\u001b[0m${colon}`;
      return text !== undefined ? `\u001b[32m${match}\u001b[0m` : `\u001b[33m${match}\u001b[0m`;
    },
  );
}
