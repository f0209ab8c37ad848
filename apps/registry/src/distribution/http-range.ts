import { OciRefusal } from './oci-refusal.js';
import type { ByteRange } from '../blobs/blob-store.port.js';

/** One range of a `Range` header (RFC 9110 §14.2); undefined: answer with everything, as for any form that is not one range of bytes. */
export function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  if (match[1] === '') {
    const last = Math.min(Number(match[2]), size);
    return last === 0 ? 'unsatisfiable' : { start: size - last, end: size - 1 };
  }
  const start = Number(match[1]);
  if (match[2] !== '' && Number(match[2]) < start) return undefined;
  if (start >= size) return 'unsatisfiable';
  return { start, end: match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1) };
}

/** The `Content-Range` of a chunk, `<first>-<last>` without a unit (OCI distribution specification). */
export function chunkStart(header: string | undefined, length: number | undefined): number | undefined {
  if (header === undefined) return undefined;
  const match = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header.trim());
  if (!match)
    throw new OciRefusal('BLOB_UPLOAD_INVALID', `Content-Range '${header.slice(0, 60)}' is not <first byte>-<last byte>`);
  const [start, end] = [Number(match[1]), Number(match[2])];
  if (end < start - 1 || (length !== undefined && end - start + 1 !== length))
    throw new OciRefusal('SIZE_INVALID', `Content-Range ${match[1]}-${match[2]} does not fit a body of ${length} bytes`);
  return start;
}
