import { z } from 'zod';

/** Every code that a caller can meet. Each HTTP edge maps it to a status by one table. */
export const errorCodes = [
  'bad_request',
  'unauthenticated',
  'forbidden',
  'quota_exceeded',
  'not_found',
  'method_not_allowed',
  'conflict',
  'name_taken',
  'ambiguous_name',
  'precondition_failed',
  'payload_too_large',
  'unsupported_media_type',
  'range_not_satisfiable',
  'unprocessable',
  'idempotency_mismatch',
  'invalid_archive',
  'digest_mismatch',
  'provenance_invalid',
  'path_collision',
  'unresolved_dependency',
  'missing_import',
  'python_missing',
  'init_failed',
  'rollout_failed',
  'image_missing',
  'no_capacity',
  'crash_loop',
  'never_ready',
  'out_of_memory',
  'cluster_unreachable',
  'cluster_forbidden',
  'rate_limited',
  'not_supported',
  'internal',
  'bad_gateway',
  'service_unavailable',
  'deadline_exceeded',
  'insufficient_storage',
] as const;

export const ErrorCode = z.enum(errorCodes);
export type ErrorCode = z.infer<typeof ErrorCode>;

export const ErrorDetail = z.object({ code: z.string(), message: z.string() });
export type ErrorDetail = z.infer<typeof ErrorDetail>;

/** The body of every refusal of the control plane. */
export const ErrorResponse = z.object({
  code: z.string(),
  message: z.string(),
  statusCode: z.int(),
  details: z.array(ErrorDetail),
  requestId: z.string(),
});
export type ErrorResponse = z.infer<typeof ErrorResponse>;

/** An error as it is kept on a resource (`error` of an image, a service or an operation). */
export const ResourceError = z.object({ code: z.string(), message: z.string(), details: z.array(ErrorDetail).default([]) });
export type ResourceError = z.infer<typeof ResourceError>;
