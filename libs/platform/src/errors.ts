import { ErrorCode, type ErrorDetail, type ErrorResponse, type ResourceError } from '#slipway/contracts';

/**
 * A refusal or a failure that a caller may see.
 * The message says what was wrong, with which value, and what to do; it never holds a secret or an internal path.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: readonly ErrorDetail[] = [],
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** HTTP status of each code; only HTTP edges read it. */
export const httpStatus = {
  bad_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  quota_exceeded: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  name_taken: 409,
  ambiguous_name: 409,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  unprocessable: 422,
  idempotency_mismatch: 422,
  invalid_archive: 422,
  digest_mismatch: 422,
  provenance_invalid: 422,
  path_collision: 422,
  unresolved_dependency: 422,
  missing_import: 422,
  python_missing: 422,
  init_failed: 422,
  rollout_failed: 422,
  image_missing: 422,
  no_capacity: 503,
  crash_loop: 422,
  never_ready: 422,
  out_of_memory: 422,
  cluster_unreachable: 503,
  cluster_forbidden: 502,
  rate_limited: 429,
  not_supported: 501,
  internal: 500,
  bad_gateway: 502,
  service_unavailable: 503,
  deadline_exceeded: 504,
  insufficient_storage: 507,
} as const satisfies Record<ErrorCode, number>;

/** An error on the bus: a DomainError's facts and nothing else. */
export interface WireError {
  code: ErrorCode;
  message: string;
  details: readonly ErrorDetail[];
}

/** Turns anything thrown into what may leave the process; what is not a DomainError becomes `internal` without its text. */
export function toWireError(error: unknown): WireError {
  if (error instanceof DomainError) return { code: error.code, message: error.message, details: error.details };
  return {
    code: 'internal',
    message: 'an unexpected error occurred; the service log has the cause under this request id',
    details: [],
  };
}

/** Reads an error that came over the bus; anything unreadable is `internal`. */
export function fromWireError(value: unknown): DomainError {
  const candidate = value as Partial<WireError> | null;
  const code = ErrorCode.safeParse(candidate?.code);
  if (!code.success || typeof candidate?.message !== 'string') {
    return new DomainError('internal', 'a service answered with an unreadable error', [], { cause: value });
  }
  return new DomainError(code.data, candidate.message, Array.isArray(candidate.details) ? candidate.details : []);
}

/** The body of a refusal over HTTP. */
export function toErrorResponse(error: unknown, requestId: string): ErrorResponse {
  const wire = toWireError(error);
  return { code: wire.code, message: wire.message, statusCode: httpStatus[wire.code], details: [...wire.details], requestId };
}

/** What a resource keeps of its failure. */
export function toResourceError(error: unknown): ResourceError {
  const wire = toWireError(error);
  return { code: wire.code, message: wire.message, details: [...wire.details] };
}

/** Narrowing helper for `catch`: true for a DomainError with this code. */
export function isDomainError(error: unknown, code?: ErrorCode): error is DomainError {
  return error instanceof DomainError && (code === undefined || error.code === code);
}
