import type { Digest } from './digest.js';

/** An archive, or the folder it is made from, breaks the rules of a canonical tar. `entry` is the path it is about, if there is one. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly code = 'invalid_archive';

  constructor(
    message: string,
    readonly entry?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Bytes are not those that their digest (or size) promised. */
export class DigestMismatchError extends Error {
  override readonly name = 'DigestMismatchError';
  readonly code = 'digest_mismatch';

  constructor(
    what: string,
    readonly expected: Digest,
    readonly actual: Digest,
  ) {
    super(`${what} has the digest ${actual}, not ${expected}`);
  }
}

/** A text that should be a digest, or a JSON document that should be a manifest or config, is not. */
export class OciFormatError extends Error {
  override readonly name = 'OciFormatError';
  readonly code = 'invalid_format';
}

/**
 * A registry refused a request, or could not be reached. `status` is 0 when there was no (usable) answer; `code` is the
 * registry's own (`BLOB_UNKNOWN`, `DENIED`, …), else `UNREACHABLE`, `SIZE_INVALID`, `RESPONSE_INVALID` or `HTTP_<status>`.
 */
export class DistributionError extends Error {
  override readonly name = 'DistributionError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    options?: ErrorOptions & { retryAfterMs?: number },
  ) {
    super(message, options);
    this.retryAfterMs = options?.retryAfterMs;
  }

  readonly retryAfterMs: number | undefined;
}

/** A name as it may stand in a message or a log line: quoted, control characters escaped, not longer than 200 characters. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 197)}...` : name);
}
