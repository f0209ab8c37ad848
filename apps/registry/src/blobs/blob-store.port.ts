import type { Readable } from 'node:stream';
import type { Digest } from '#slipway/oci';

/** Injection token of the {@link BlobStore}. */
export const BLOB_STORE = Symbol('blob store');

/** Bytes `start` to `end`, both included. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface AppendOptions {
  /** Bytes that the upload may have at most. */
  limit: number;
  /** Sees what was written, in order. */
  observe?: ((chunk: Buffer) => void) | undefined;
}

/**
 * Bytes by digest, and uploads on their way to become such. It knows no repositories and no rights.
 * A digest's name appears only when its bytes are whole and safe on disk. Every method may throw `insufficient_storage`.
 */
export interface BlobStore {
  /** Size of a stored blob, undefined when there is none. */
  sizeOf(digest: Digest): Promise<number | undefined>;
  /** @throws Error when there is no such blob. */
  read(digest: Digest, range?: ByteRange): Promise<Readable>;
  /** Stores a small document at once. */
  put(digest: Digest, bytes: Uint8Array): Promise<void>;

  /** Bytes of an upload so far; a writer that is still at it is ended first, so that the figure stays true. */
  received(upload: string): Promise<number>;
  /**
   * Appends to an upload that has `from` bytes; what arrived before a cut is kept. Answers the new size.
   * @throws DomainError `conflict` when the upload has another size or another writer, `payload_too_large` above `limit`.
   */
  append(upload: string, from: number, bytes: Readable, options: AppendOptions): Promise<number>;
  /** Makes sure that the upload's bytes have this digest and are safe on disk; answers their number. @throws DomainError `digest_mismatch`. */
  verify(upload: string, digest: Digest): Promise<number>;
  /** Gives a verified upload its name. */
  keep(upload: string, digest: Digest): Promise<void>;
  /** Forgets an upload, whether or not it exists. */
  discard(upload: string): Promise<void>;

  /** Uploads that nothing was written to since then. */
  uploadsBefore(time: Date): AsyncIterable<string>;
  /** Blobs that were stored before then. */
  blobsBefore(time: Date): AsyncIterable<Digest>;
  remove(digest: Digest): Promise<void>;
}
