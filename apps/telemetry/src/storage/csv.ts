/** One line of CSV (RFC 4180), LF at its end. */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(',')}\n`;
}

/**
 * Numbers, booleans and empty values as they are; objects as JSON; text quoted where needed. Text that a spreadsheet
 * would run as a formula is prefixed with an apostrophe, as OWASP's note on CSV injection advises.
 */
export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = /^[=+@\t\r]/.test(text) || /^-(?![\d.]+(?:e[+-]?\d+)?$)/i.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
