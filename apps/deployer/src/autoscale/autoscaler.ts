import type { ScalingDecision, ScalingHold, ScalingInputs } from '#slipway/contracts';
import { type Decided, decide, recommend } from './formula.js';
import { explain, explainHold } from './explanation.js';
import { type Blindness, LoadPoints } from './load-points.js';
import type { RouterLoad } from './load-points.js';

/** What the tables say of an autoscaled service at one look. */
export interface ScaledService {
  /** Replicas asked for. */
  from: number;
  min: number;
  max: number;
  target: number;
  periodMs: number;
  concurrency: number;
  room: number;
  /** Another revision is on its way: it needs as many replicas as the one that serves, so none goes meanwhile. */
  rolling: boolean;
}

/** A decision that is to be stored; with `to` unlike `from` it is to be done. */
export type Outcome = Pick<ScalingDecision, 'from' | 'to' | 'kind' | 'reason' | 'inputs' | 'hold'>;

/**
 * Decides about one service, look by look; times are milliseconds of a clock that never goes back. It knows nothing that it
 * was not told, so that it runs in any time. It decides every refresh period, and at once when more requests came than all
 * replicas together take, but changes the number at most once in a period.
 */
export class Autoscaler {
  private readonly points: LoadPoints;
  private decidedAt = -Infinity;
  private changedAt = -Infinity;
  private recommended: { at: number; replicas: number }[] = [];
  private told: { reason: string; at: number } | undefined;

  constructor(
    private readonly windowMs: number,
    now: number,
  ) {
    this.points = new LoadPoints(now);
  }

  /** Undefined when there is nothing to do and nothing new to say. */
  look(now: number, service: ScaledService, routers: readonly RouterLoad[]): Outcome | undefined {
    const blindness = this.points.add(now, routers, service.periodMs);
    if (blindness) return this.held(now, service.from, blindness);
    const urgent = this.points.overflow(service.from * service.concurrency) && now - this.changedAt >= service.periodMs;
    if (!urgent && now - this.decidedAt < service.periodMs) return undefined;
    this.decidedAt = now;
    const inputs = this.inputs(now, service, urgent);
    return this.said(now, inputs, decide(inputs));
  }

  /** The last outcome was done. */
  changed(now: number): void {
    this.changedAt = now;
  }

  /** The last outcome could not be written: what it was made from had changed. */
  forgetLast(): void {
    this.decidedAt = -Infinity;
    this.told = undefined;
  }

  private inputs(now: number, service: ScaledService, urgent: boolean): ScalingInputs {
    const { from, concurrency, target, min, max, room } = service;
    const load = { ...this.points.load(urgent), concurrency, target };
    this.recommended = this.recommended.filter((one) => now - one.at < this.windowMs);
    this.recommended.push({ at: now, replicas: recommend(load) });
    const whole = !service.rolling && now - this.points.seeingSince >= this.windowMs;
    // What came just now counts too, however little of the mean it is.
    const newest = recommend({ ...this.points.newest(), concurrency, target });
    const peak = whole ? Math.max(newest, ...this.recommended.map((one) => one.replicas)) : null;
    return { from, ...load, min, max, room, peak, window: Math.round(this.windowMs / 1_000) };
  }

  private said(now: number, inputs: ScalingInputs, decided: Decided): Outcome | undefined {
    const { from } = inputs;
    const outcome = { from, to: decided.to, reason: explain(inputs, decided), inputs, hold: null };
    if (decided.kind !== 'steady' && decided.to !== from) {
      this.told = { reason: reasonOf(decided), at: now };
      return { ...outcome, kind: decided.kind };
    }
    return decided.limit && this.isNews(now, reasonOf(decided)) ? { ...outcome, kind: 'capped' } : undefined;
  }

  private held(now: number, from: number, blindness: Blindness): Outcome | undefined {
    if (blindness.code === 'stale') return undefined;
    const hold: ScalingHold = { ...blindness, code: blindness.code };
    if (!this.isNews(now, `${hold.code} ${hold.router}`)) return undefined;
    return { from, to: from, kind: 'held', reason: explainHold(hold), inputs: null, hold };
  }

  /** What was so within the window is no news when it is so again: a load around a limit would be told for ever. */
  private isNews(now: number, reason: string): boolean {
    const known = this.told?.reason === reason && now - this.told.at < this.windowMs;
    this.told = { reason, at: now };
    return !known;
  }
}

const reasonOf = ({ kind, limit }: Decided): string => (limit === 'max' || limit === 'quota' ? limit : kind);
