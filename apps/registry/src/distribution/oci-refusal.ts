import type { ErrorCode } from '#slipway/contracts';

/** HTTP status of each error of the distribution API; the codes of the OCI specification, and those that it lacks. */
export const ociStatus = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  INSUFFICIENT_STORAGE: 507,
  INTERNAL: 500,
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  RANGE_INVALID: 416,
  SIZE_INVALID: 400,
  TAG_IMMUTABLE: 409,
  TAG_INVALID: 400,
  TOO_LARGE: 413,
  UNAUTHORIZED: 401,
  UNAVAILABLE: 503,
  UNSUPPORTED: 405,
} as const;
export type OciCode = keyof typeof ociStatus;

/** A refusal of the distribution API, told in its own codes. */
export class OciRefusal extends Error {
  override readonly name = 'OciRefusal';

  constructor(
    readonly code: OciCode,
    message: string,
    readonly detail?: Record<string, unknown>,
  ) {
    super(message);
  }
}

/** What the platform's errors mean here; every other one is `INTERNAL`. */
export const ociCodes: Partial<Record<ErrorCode, OciCode>> = {
  bad_request: 'UNSUPPORTED',
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'DENIED',
  not_found: 'NAME_UNKNOWN',
  method_not_allowed: 'UNSUPPORTED',
  payload_too_large: 'TOO_LARGE',
  digest_mismatch: 'DIGEST_INVALID',
  range_not_satisfiable: 'RANGE_INVALID',
  service_unavailable: 'UNAVAILABLE',
  deadline_exceeded: 'UNAVAILABLE',
  insufficient_storage: 'INSUFFICIENT_STORAGE',
};
