import { isDomainError, toErrorResponse } from '#slipway/platform';
import type { EdgeAnswer } from '../edge/edge.port.js';

const retryAfterSeconds = '1';

/** The router's own answer to a request that no replica answered. */
export function refusal(error: unknown, requestId: string, allow?: string): EdgeAnswer {
  const body = toErrorResponse(error, requestId);
  const headers = ['Content-Type', 'application/json', 'X-Content-Type-Options', 'nosniff'];
  if (isDomainError(error, 'unauthenticated')) headers.push('WWW-Authenticate', 'Bearer');
  if (isDomainError(error, 'service_unavailable')) headers.push('Retry-After', retryAfterSeconds);
  if (allow !== undefined && isDomainError(error, 'method_not_allowed')) headers.push('Allow', allow);
  return { status: body.statusCode, headers, body: Buffer.from(JSON.stringify(body)) };
}
