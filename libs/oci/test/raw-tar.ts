import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

export interface RawFields {
  name?: string | Buffer;
  mode?: string;
  uid?: string;
  gid?: string;
  size?: string;
  mtime?: string;
  type?: string;
  link?: string;
  magic?: string;
  owner?: string;
  prefix?: string;
  checksum?: string;
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');

/** A header with any bytes whatever, and a right checksum unless one is given. */
export function rawHeader(fields: RawFields, contentBytes = 0): Buffer {
  const block = Buffer.alloc(512);
  const put = (text: string | Buffer, at: number): void => void Buffer.from(text).copy(block, at);
  put(fields.name ?? 'app/file', 0);
  put(fields.mode ?? '0000644', 100);
  put(fields.uid ?? '0000000', 108);
  put(fields.gid ?? '0000000', 116);
  put(fields.size ?? octal(contentBytes, 11), 124);
  put(fields.mtime ?? octal(0, 11), 136);
  put(fields.type ?? '0', 156);
  put(fields.link ?? '', 157);
  put(fields.magic ?? 'ustar\u000000', 257);
  put(fields.owner ?? '', 265);
  put('0000000', 329);
  put('0000000', 337);
  put(fields.prefix ?? '', 345);
  put('        ', 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(fields.checksum ?? `${octal(sum, 6)}\0 `, 148);
  return block;
}

export function padded(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

export function rawEntry(fields: RawFields, content: Buffer | string = ''): Buffer {
  return Buffer.concat([rawHeader(fields, Buffer.byteLength(content)), padded(content)]);
}

export function rawFolder(name: string, fields: RawFields = {}): Buffer {
  return rawEntry({ name: `${name}/`, type: '5', mode: '0000755', ...fields });
}

export function rawPax(records: string | Buffer): Buffer {
  return rawEntry({ name: 'PaxHeader', type: 'x' }, records);
}

/** `<length> <key>=<value>\n` */
export function record(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${key}=${value}\n`;
}

export const end = Buffer.alloc(1024);

export function archive(...parts: Buffer[]): Buffer {
  return Buffer.concat([...parts, end]);
}

/** The bytes in chunks of the given sizes, over and over. */
export function inChunks(bytes: Buffer, sizes: readonly number[] = [65536]): Readable {
  function* chunks(): Generator<Buffer> {
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const size = sizes[turn % sizes.length]!;
      yield bytes.subarray(at, at + size);
      at += size;
    }
  }
  return Readable.from(chunks(), { objectMode: false });
}

export function bytesOf(stream: Readable): Promise<Buffer> {
  return buffer(stream);
}
