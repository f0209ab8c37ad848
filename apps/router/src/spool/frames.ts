import { crc32c } from './crc32c.js';

/** Length and CRC-32C of the payload, each a 32-bit big-endian number. */
export const frameOverhead = 8;
export const maxFramePayload = 16 * 1024 * 1024;

/** One record as it lies in a segment. */
export function frame(payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(frameOverhead + payload.length);
  bytes.writeUInt32BE(payload.length, 0);
  bytes.writeUInt32BE(crc32c(payload), 4);
  bytes.set(payload, frameOverhead);
  return bytes;
}

export interface Frames {
  payloads: Buffer[];
  /** Bytes of whole, sound frames. */
  consumed: number;
  /** `partial`: the rest may become a frame with more bytes; `damaged`: it never will. */
  rest: 'none' | 'partial' | 'damaged';
}

/** Reads frames from the beginning of `bytes` until `maxFrames`, the end, or the first that is not sound. */
export function readFrames(bytes: Buffer, maxFrames = Infinity): Frames {
  const payloads: Buffer[] = [];
  let at = 0;
  while (payloads.length < maxFrames && at < bytes.length) {
    if (bytes.length - at < frameOverhead) return { payloads, consumed: at, rest: 'partial' };
    const length = bytes.readUInt32BE(at);
    // Zeros are what a file system leaves of blocks that were never written.
    if (length === 0 || length > maxFramePayload) return { payloads, consumed: at, rest: 'damaged' };
    if (bytes.length - at - frameOverhead < length) return { payloads, consumed: at, rest: 'partial' };
    const payload = bytes.subarray(at + frameOverhead, at + frameOverhead + length);
    if (crc32c(payload) !== bytes.readUInt32BE(at + 4)) return { payloads, consumed: at, rest: 'damaged' };
    payloads.push(payload);
    at += frameOverhead + length;
  }
  return { payloads, consumed: at, rest: 'none' };
}
