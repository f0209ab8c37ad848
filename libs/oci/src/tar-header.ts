/** What a header says of an entry; `path` has no trailing slash, `size` is 0 for a directory. */
export interface EntryHeader {
  path: string;
  kind: 'file' | 'directory';
  mode: number;
  size: number;
}

export const blockBytes = 512;
/** The largest size that eleven octal digits hold; above it the size is a pax record. */
export const maxOctalSize = 0o77777777777;
/** The name of a pax header, and of the entry after it whose real path stands in that pax header. */
export const paxName = 'PaxHeader';

export function paddingOf(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

/** The blocks that stand before an entry's content. There is exactly one encoding for each entry, so that readers can compare bytes. */
export function encodeEntryHeader(entry: EntryHeader): Buffer {
  const name = entry.kind === 'directory' ? `${entry.path}/` : entry.path;
  const nameFits = Buffer.byteLength(name) <= 100 && isAscii(name);
  const sizeFits = entry.size <= maxOctalSize;
  const header = encodeBlock({
    name: nameFits ? name : paxName,
    mode: entry.mode,
    size: sizeFits ? entry.size : 0,
    type: entry.kind === 'directory' ? '5' : '0',
  });
  if (nameFits && sizeFits) return header;
  const records = (nameFits ? '' : paxRecord('path', name)) + (sizeFits ? '' : paxRecord('size', String(entry.size)));
  const body = Buffer.from(records);
  const paxHeader = encodeBlock({ name: paxName, mode: 0o644, size: body.length, type: 'x' });
  return Buffer.concat([paxHeader, body, Buffer.alloc(paddingOf(body.length)), header]);
}

/** A header of a root file system's archive, which may also be a symbolic link. */
export function encodeRootHeader(entry: {
  path: string;
  type: '0' | '2' | '5';
  mode: number;
  size: number;
  target?: string;
}): Buffer {
  const name = entry.type === '5' ? `${entry.path}/` : entry.path;
  const fits = (text: string): boolean => Buffer.byteLength(text) <= 100 && isAscii(text);
  const target = entry.target ?? '';
  const { mode, type, size } = entry;
  const header = encodeBlock({ name: fits(name) ? name : paxName, mode, size, type, target: fits(target) ? target : '' });
  if (fits(name) && fits(target)) return header;
  const body = Buffer.from((fits(name) ? '' : paxRecord('path', name)) + (fits(target) ? '' : paxRecord('linkpath', target)));
  const paxHeader = encodeBlock({ name: paxName, mode: 0o644, size: body.length, type: 'x' });
  return Buffer.concat([paxHeader, body, Buffer.alloc(paddingOf(body.length)), header]);
}

function encodeBlock(fields: { name: string; mode: number; size: number; type: string; target?: string }): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(fields.name, 0, 'latin1');
  block.write(octal(fields.mode, 7), 100, 'latin1');
  block.write(octal(0, 7), 108, 'latin1'); // uid
  block.write(octal(0, 7), 116, 'latin1'); // gid
  block.write(octal(fields.size, 11), 124, 'latin1');
  block.write(octal(0, 11), 136, 'latin1'); // mtime
  block.write(fields.type, 156, 'latin1');
  block.write(fields.target ?? '', 157, 'latin1');
  block.write('ustar\0' + '00', 257, 'latin1');
  block.write(octal(0, 7), 329, 'latin1'); // device numbers
  block.write(octal(0, 7), 337, 'latin1');
  block.write(`${octal(checksumOf(block), 6)}\0 `, 148, 'latin1');
  return block;
}

/** The sum of the header's bytes with the checksum field read as spaces (POSIX ustar). */
export function checksumOf(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < 148; at++) sum += block[at]!;
  for (let at = 156; at < blockBytes; at++) sum += block[at]!;
  return sum;
}

/** A pax record's length counts its own digits. */
export function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}
