import type { RouteRecord, RouteRevision } from '#slipway/contracts';
import { DomainError, isDomainError, type Log } from '#slipway/platform';
import type { Ledger } from '../captures/ledger.js';
import { ClientGone, type EdgeAnswer, type EdgeRequest } from '../edge/edge.port.js';
import type { RouterMetrics } from '../metrics/metrics.js';
import type { RoutedService } from '../routes/routed-service.js';
import type { RouteTable } from '../routes/route-table.js';
import { Lifetime, type Timing } from '../slots/lifetime.js';
import type { NoSlot, Slot } from '../slots/service-slots.js';
import type { BrokenReason, Upstream, UpstreamAnswer, UpstreamOutcome } from '../upstream/upstream.port.js';
import { Call } from './call.js';
import { answerHeaders, headerOf, readHeaders, type RequestHeaders } from './headers.js';
import { checkKey } from './keys.js';
import { refusal } from './refusal.js';
import { allowedMethods, checkMethod, parseTarget, type Target } from './target.js';

/** The replica answers first, so that the caller gets its words and not ours. */
const headStartMs = 500;
/** Health and Swagger requests at once for each replica; they need no key and no slot. */
const sidePerReplica = 8;
const sideTimeoutMs = 5_000;

/** How a request ended at the replicas. */
type Result = { slot: Slot; answer: EdgeAnswer; body: Buffer; contentType: string | null } | { gone: true };

/** A request's way: parse, route, key, limit, queue, replica, answer, account. Knows nothing of sockets. */
export class RouterService {
  constructor(
    private readonly table: RouteTable,
    private readonly upstream: Upstream,
    private readonly ledger: Ledger,
    private readonly metrics: RouterMetrics,
    private readonly timing: Timing,
    private readonly log: Log,
  ) {}

  async handle(request: EdgeRequest): Promise<void> {
    const call = new Call(request);
    try {
      const headers = readHeaders(request.headers);
      call.clientRequestId = headers.clientRequestId;
      const target = (call.target = parseTarget(request.target));
      const service = (call.service = this.serviceOf(target));
      checkMethod(request.method, target.resource);
      const keyId = target.resource === '' ? '' : checkKey(headers.authorization, service.keys);
      if (target.resource === 'score') await this.score(call, service, target, headers, keyId);
      else await this.side(call, service, target, headers);
    } catch (error) {
      this.refuse(call, error);
    }
  }

  private serviceOf(target: Target): RoutedService {
    const service = this.table.find(target.environment, target.service);
    if (service) return service;
    const where = target.environment === undefined ? 'the default environment' : `environment '${target.environment}'`;
    throw new DomainError('not_found', `there is no service '${target.service}' in ${where}`);
  }

  private async score(call: Call, service: RoutedService, target: Target, headers: RequestHeaders, keyId: string): Promise<void> {
    const body = await call.request.body(service.record.limits.maxBodyBytes);
    const receivedAt = Date.now();
    const start = this.timing.now();
    const { record } = service;
    const life = new Lifetime(this.timing, record.limits.timeoutMs);
    call.request.whenGone(() => life.end('gone'));
    const result = await this.tryReplicas(call, service, life, target, headers, body).finally(() => life.finish());
    if ('gone' in result) {
      this.metrics.aborted(record);
      return;
    }
    const latencyMs = this.timing.now() - start;
    this.ledger.count(record, result.slot.revision, {
      requestId: call.id,
      clientRequestId: call.clientRequestId,
      keyId,
      receivedAt,
      latencyMs,
      status: result.answer.status,
      requestHeaders: call.request.headers,
      requestType: headers.contentType,
      requestBody: body,
      responseType: result.contentType,
      responseBody: result.body,
    });
    this.metrics.answered(record, result.answer.status, latencyMs);
    call.answer(result.answer);
  }

  /** Another replica is tried only when no replica can have begun the request. */
  private async tryReplicas(
    call: Call,
    service: RoutedService,
    life: Lifetime,
    target: Target,
    headers: RequestHeaders,
    body: Buffer,
  ): Promise<Result> {
    const method = call.request.method as 'GET' | 'POST';
    for (let again = false; ; again = true) {
      const slot = await service.slots.acquire(life, again);
      if (slot === 'gone') return { gone: true };
      if (typeof slot === 'string') throw noSlot(slot, service);
      const left = life.left();
      const exchange = this.upstream.send(slot.endpoint, {
        id: call.id,
        method,
        path: `/score${target.query}`,
        headers: `X-Slipway-Timeout-Ms: ${budget(left)}\r\n${headers.forwarded}`,
        body,
      });
      life.whenEnded(() => exchange.abandon());
      const outcome = await exchange.outcome;
      life.whenEnded(undefined);
      if (outcome.kind === 'abandoned') {
        // The replica may still be at it: the slot stays taken until it says otherwise.
        void exchange.released.then(() => slot.release(life.ending === 'late' ? 'silent' : 'abandoned'));
        if (life.ending === 'gone') return { gone: true };
        return this.failed(call, slot, new DomainError('deadline_exceeded', lateText(service)));
      }
      if (outcome.kind === 'unsent') {
        slot.release('unreachable');
        this.metrics.retried(service.record);
        continue;
      }
      if (outcome.kind === 'answered' && isUnprocessed(outcome.answer)) {
        slot.release('unprocessed');
        this.metrics.retried(service.record);
        continue;
      }
      slot.release(outcome.kind === 'answered' ? 'answered' : 'abandoned');
      return this.finished(call, slot, outcome);
    }
  }

  private finished(call: Call, slot: Slot, outcome: Exclude<UpstreamOutcome, { kind: 'unsent' | 'abandoned' }>): Result {
    if (outcome.kind === 'answered') {
      const answer = fromReplica(outcome.answer, slot.revision);
      return { slot, answer, body: outcome.answer.body, contentType: headerOf(outcome.answer.headers, 'content-type') };
    }
    this.log.warn('a replica broke off a request', {
      requestId: call.id,
      replica: slot.endpoint.replica,
      service: call.service?.record.serviceId ?? '',
      reason: outcome.reason,
    });
    return this.failed(call, slot, new DomainError('bad_gateway', brokenTexts[outcome.reason]));
  }

  private failed(call: Call, slot: Slot, error: DomainError): Result {
    const answer = refusal(error, call.id);
    return { slot, answer, body: answer.body, contentType: 'application/json' };
  }

  /** Health and Swagger: any replica, without a slot, few at a time. */
  private async side(call: Call, service: RoutedService, target: Target, headers: RequestHeaders): Promise<void> {
    const { slots } = service;
    if (slots.replicas > 0 && slots.sideBusy >= sidePerReplica * slots.replicas) {
      throw new DomainError(
        'service_unavailable',
        `service '${service.record.name}' answers enough requests of this kind already; try again later`,
      );
    }
    const endpoint = slots.side();
    if (!endpoint) throw new DomainError('service_unavailable', `service '${service.record.name}' has no running replica`);
    const life = new Lifetime(this.timing, sideTimeoutMs);
    call.request.whenGone(() => life.end('gone'));
    const exchange = this.upstream.send(endpoint, {
      id: call.id,
      method: 'GET',
      path: `/${target.resource}${target.query}`,
      headers: headers.forwarded,
      body: Buffer.alloc(0),
    });
    life.whenEnded(() => exchange.abandon());
    const outcome = await exchange.outcome;
    life.finish();
    void exchange.released.then(() => slots.sideDone(endpoint));
    if (life.ending === 'gone') return;
    if (outcome.kind === 'answered') call.answer(fromReplica(outcome.answer));
    else if (outcome.kind === 'abandoned')
      throw new DomainError('deadline_exceeded', `service '${service.record.name}' did not answer within ${sideTimeoutMs} ms`);
    else if (outcome.kind === 'unsent')
      throw new DomainError('service_unavailable', `a replica of service '${service.record.name}' takes no connection`);
    else throw new DomainError('bad_gateway', brokenTexts[outcome.reason]);
  }

  private refuse(call: Call, error: unknown): void {
    if (error instanceof ClientGone) return;
    const { service } = call;
    if (service && call.target?.resource === 'score' && isDomainError(error, 'service_unavailable')) service.refused += 1;
    if (!(error instanceof DomainError)) this.log.error('a request failed in the router', { requestId: call.id }, error);
    const answer = refusal(error, call.id, call.target && allowedMethods(call.target.resource));
    this.metrics.refused(service?.record, answer.status);
    call.answer(answer);
  }
}

const brokenTexts: Record<BrokenReason, string> = {
  closed: 'the replica closed the connection before its answer was complete; it may have begun the request',
  malformed: 'the replica did not answer in valid HTTP; it may have begun the request',
  too_large: 'the answer of the replica is larger than the router takes',
  wrong_id: "the replica's answer does not belong to this request",
};

/** Milliseconds for the replica out of those that are left. */
function budget(left: number): number {
  return Math.max(1, Math.floor(left > 2 * headStartMs ? left - headStartMs : left / 2));
}

function isUnprocessed(answer: UpstreamAnswer): boolean {
  return answer.status === 503 && headerOf(answer.headers, 'x-slipway-unprocessed') === '1';
}

function fromReplica(answer: UpstreamAnswer, revision?: RouteRevision): EdgeAnswer {
  const headers = answerHeaders(answer.headers);
  headers.push('X-Content-Type-Options', 'nosniff');
  // Only a model's answer has it: nothing that a model says can be taken for the router's own refusal.
  if (revision) headers.push('X-Slipway-Revision', String(revision.number));
  return { status: answer.status, headers, body: answer.body };
}

function noSlot(why: Exclude<NoSlot, 'gone'>, service: RoutedService): DomainError {
  const { slots, record } = service;
  if (why === 'removed') return new DomainError('not_found', `service '${record.name}' was deleted while the request waited`);
  if (slots.replicas === 0) return new DomainError('service_unavailable', `service '${record.name}' has no running replica`);
  if (why === 'late')
    return new DomainError(
      'service_unavailable',
      `no replica of service '${record.name}' became free within ${record.limits.timeoutMs} ms`,
    );
  return new DomainError(
    'service_unavailable',
    `service '${record.name}' is busy: ${slots.busy} requests run and ${slots.queued} wait; try again later`,
  );
}

const lateText = ({ record }: { record: RouteRecord }): string =>
  `service '${record.name}' did not answer within ${record.limits.timeoutMs} ms`;
