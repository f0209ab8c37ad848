import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then random; sorts by the time it was made. */
export function uuidv7(now: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const isUuid = (text: string): boolean => uuidPattern.test(text);

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `length` characters of 62, each equally likely. */
export function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) if (byte < 248 && text.length < length) text += alphabet[byte % 62];
  }
  return text;
}

/**
 * A secret text `<prefix>_<id>_<secret>_<crc>`: `id` 12 characters, `secret` 43 characters of 62 (256 bits), `crc` the
 * CRC-32 of all before it in 8 hex digits, so that scanners and edges can refuse a mistyped one without a look-up.
 */
export interface SecretText {
  id: string;
  text: string;
  /** SHA-256 of the whole text, hex. */
  sha256: string;
}

export function makeSecret(prefix: 'slp' | 'slk'): SecretText {
  const id = randomText(12);
  const body = `${prefix}_${id}_${randomText(43)}`;
  const text = `${body}_${crc(body)}`;
  return { id, text, sha256: sha256Hex(text) };
}

/** The id inside a well-formed secret of this prefix, or undefined. Proves nothing: compare the hash too. */
export function secretId(prefix: 'slp' | 'slk', text: string): string | undefined {
  const match = /^(sl[pk])_([0-9A-Za-z]{12})_[0-9A-Za-z]{43}_([0-9a-f]{8})$/.exec(text);
  if (!match || match[1] !== prefix || crc(text.slice(0, -9)) !== match[3]) return undefined;
  return match[2];
}

const crc = (text: string): string => crc32(text).toString(16).padStart(8, '0');

export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Compares two hex digests in constant time. */
export function sameDigest(a: string, b: string): boolean {
  const left = Buffer.from(a, 'hex');
  const right = Buffer.from(b, 'hex');
  return left.length === right.length && left.length > 0 && timingSafeEqual(left, right);
}

/** JSON with sorted keys and no white space, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}
