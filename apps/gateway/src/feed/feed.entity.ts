import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { EventEnvelope } from '#slipway/contracts';

/** What happened, in one order for all readers. */
@Entity('feed')
@Index('feed_account_position', ['account', 'position'])
export class FeedRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  position: string;
  @Column({ type: 'text' })
  account: string;
  @Index('feed_event_id', { unique: true })
  @Column({ type: 'uuid', name: 'event_id' })
  eventId: string;
  @Column({ type: 'jsonb' })
  event: EventEnvelope;
}
