import type { components } from './generated/api.js';

/** A refusal of the gateway: the facts of its error body, with the request's id. */
export class SlipwayApiError extends Error {
  override readonly name = 'SlipwayApiError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: readonly { code: string; message: string }[],
    readonly requestId: string,
  ) {
    super(message);
  }
}

/** The gateway gave no answer, or only part of it: it does not run, or the network is in between. */
export class SlipwayConnectionError extends Error {
  override readonly name = 'SlipwayConnectionError';
}

/** Whether the same request may well succeed in a moment. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof SlipwayConnectionError || (error instanceof SlipwayApiError && (error.status >= 500 || error.status === 429))
  );
}

/** Turns any refusal into a {@link SlipwayApiError}, also one that is not ours, such as a proxy's. */
export function toApiError(status: number, body: unknown): SlipwayApiError {
  const known = body as Partial<components['schemas']['ErrorResponse']> | undefined;
  if (typeof known?.code === 'string' && typeof known.message === 'string') {
    return new SlipwayApiError(status, known.code, known.message, known.details ?? [], known.requestId ?? '');
  }
  return new SlipwayApiError(status, 'unreadable', `the answer has status ${status} and no readable error`, [], '');
}
