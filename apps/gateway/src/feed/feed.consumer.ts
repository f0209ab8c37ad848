import { Controller } from '@nestjs/common';
import { accountOf, type EventEnvelope } from '#slipway/contracts';
import { ConsumesAll, type Transaction } from '#slipway/platform';
import { FeedRepository } from './feed.repository.js';

@Controller()
export class FeedConsumer {
  constructor(private readonly feed: FeedRepository) {}

  @ConsumesAll()
  take(tx: Transaction, event: EventEnvelope): Promise<void> {
    return this.feed.append(tx, accountOf(event), event);
  }
}
