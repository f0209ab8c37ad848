import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ScalingDecision, ScalingHold, ScalingInputs } from '#slipway/contracts';

/** What the autoscaler decided and from what; never changed. */
@Entity({ name: 'scaling_decision' })
@Index('scaling_decision_page', ['serviceId', 'createdAt', 'id'])
@Index('scaling_decision_age', ['createdAt'])
export class ScalingDecisionEntity {
  @PrimaryColumn({ type: 'uuid', name: 'id', primaryKeyConstraintName: 'scaling_decision_pkey' }) id: string;
  @Column({ type: 'uuid', name: 'service_id' }) serviceId: string;
  @Column({ type: 'integer', name: 'from_replicas' }) from: number;
  @Column({ type: 'integer', name: 'to_replicas' }) to: number;
  @Column({ type: 'text', name: 'kind' }) kind: ScalingDecision['kind'];
  @Column({ type: 'text', name: 'reason' }) reason: string;
  @Column({ type: 'jsonb', name: 'inputs', nullable: true }) inputs: ScalingInputs | null;
  @Column({ type: 'jsonb', name: 'hold', nullable: true }) hold: ScalingHold | null;
  @Column({ type: 'timestamptz', precision: 3, name: 'created_at', default: () => 'now()' }) createdAt: Date;
}
