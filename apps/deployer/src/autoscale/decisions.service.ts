import { Inject, Injectable } from '@nestjs/common';
import type { ListScalingDecisions, Page, RequestOf, ScalingDecision } from '#slipway/contracts';
import { type Clock, CLOCK, readCursor, toPage } from '#slipway/platform';
import { ServiceReferences } from '../services/service-references.js';
import type { ScalingDecisionEntity } from './scaling-decision.entity.js';
import { ScalingRepository } from './scaling.repository.js';

const lookMs = 500;
/** A follower has at most this many in hand. */
const batch = 100;
/** Below every id that was ever made. */
const beginning = '00000000-0000-0000-0000-000000000000';

@Injectable()
export class DecisionsService {
  constructor(
    private readonly references: ServiceReferences,
    private readonly scaling: ScalingRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async list({ ref, count, skipToken }: RequestOf<typeof ListScalingDecisions>, account: string): Promise<Page<ScalingDecision>> {
    const service = await this.references.get(account, ref);
    const rows = await this.scaling.page(service.id, count, readCursor(skipToken));
    return toPage(rows, count, (row) => ({ createdAt: row.createdAt.toISOString(), id: row.id }), toDecision);
  }

  /**
   * Decisions after the one with the id `after`, or only new ones, until `signal` ends; an empty batch says that there are
   * none now. @throws DomainError `not_found` before the first.
   */
  async follow(
    account: string | undefined,
    ref: string,
    after: string | undefined,
    signal: AbortSignal,
  ): Promise<{ start: string; batches: AsyncGenerator<ScalingDecision[]> }> {
    const { id } = await this.references.get(account, ref);
    const start = after ?? (await this.scaling.page(id, 1, undefined))[0]?.id ?? beginning;
    return { start, batches: this.batches(id, start, signal) };
  }

  private async *batches(serviceId: string, start: string, signal: AbortSignal): AsyncGenerator<ScalingDecision[]> {
    for (let last = start; !signal.aborted;) {
      const rows = await this.scaling.after(serviceId, last, batch);
      last = rows.at(-1)?.id ?? last;
      yield rows.map(toDecision);
      if (rows.length < batch) await this.clock.sleep(lookMs, signal).catch(() => undefined);
    }
  }
}

const toDecision = ({ createdAt, ...row }: ScalingDecisionEntity): ScalingDecision => ({
  ...row,
  createdAt: createdAt.toISOString(),
});
