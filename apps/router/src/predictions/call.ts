import { randomUUID } from 'node:crypto';
import type { EdgeAnswer, EdgeRequest } from '../edge/edge.port.js';
import type { RoutedService } from '../routes/routed-service.js';
import type { Target } from './target.js';

/** One request on its way through the router. */
export class Call {
  /** Always made here; the replica echoes it. */
  readonly id: string = randomUUID();
  readonly startedAt = performance.now();
  clientRequestId: string | null = null;
  target: Target | undefined;
  service: RoutedService | undefined;

  constructor(readonly request: EdgeRequest) {}

  answer(answer: EdgeAnswer): void {
    answer.headers.push('X-Ms-Request-Id', this.id);
    if (this.clientRequestId !== null) answer.headers.push('x-ms-client-request-id', this.clientRequestId);
    this.request.answer(answer);
  }
}
