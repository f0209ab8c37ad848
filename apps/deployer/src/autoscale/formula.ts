import type { ScalingInputs } from '#slipway/contracts';

export interface Decided {
  to: number;
  kind: 'up' | 'down' | 'wake' | 'bounds' | 'steady';
  /** What the load alone asks for, before any bound. */
  wanted: number;
  /** What kept `to` from being `wanted`. */
  limit: 'max' | 'quota' | 'rate' | undefined;
}

/** Replicas for so many requests at once: `ceil((busy + queued) / (concurrency × target))`, one for any traffic at all. */
export function recommend({ busy, queued, active, concurrency, target }: Load & Policy): number {
  // Whole numbers only, so that 0.07 / 0.07 is 1 and its ceiling not 2.
  const hundredths = Math.round((busy + queued) * 100);
  return Math.max(Math.ceil(hundredths / (concurrency * target)), active ? 1 : 0);
}
type Load = Pick<ScalingInputs, 'busy' | 'queued' | 'active'>;
type Policy = Pick<ScalingInputs, 'concurrency' | 'target'>;

/** `(busy + queued) / (replicas × concurrency)` in percent; undefined without replicas. */
export function utilisation({ busy, queued, from, concurrency }: ScalingInputs): number | undefined {
  return from === 0 ? undefined : Math.round((100 * (busy + queued)) / (from * concurrency));
}

/** Most replicas after one step up: twice as many and four. */
export const highestStep = (from: number): number => 2 * from + 4;
/** Fewest after one step down: a quarter less, at least one less. */
export const lowestStep = (from: number): number => from - Math.max(1, Math.floor(from / 4));

/**
 * The number of replicas that follows from the inputs, and from nothing else. Up at once, as far as a step, the maximum and
 * the quota let it; down only to what the whole stabilisation window could do with.
 */
export function decide(inputs: ScalingInputs): Decided {
  const { from, min, max, room, peak } = inputs;
  const wanted = recommend(inputs);
  const roomAbove = Math.max(from, room);
  if (from > max) return { to: max, kind: 'bounds', wanted, limit: undefined };
  if (from < min) return { to: Math.min(min, roomAbove), kind: 'bounds', wanted, limit: min > roomAbove ? 'quota' : undefined };
  if (from === 0 && wanted > 0) return { to: Math.min(1, room), kind: 'wake', wanted, limit: room < 1 ? 'quota' : undefined };
  if (wanted > from) {
    const to = Math.min(wanted, max, roomAbove, highestStep(from));
    const limit = to === wanted ? undefined : to === max ? 'max' : to === roomAbove ? 'quota' : 'rate';
    return { to, kind: to > from ? 'up' : 'steady', wanted, limit };
  }
  const level = peak === null ? from : Math.max(peak, wanted, min);
  if (level >= from) return { to: from, kind: 'steady', wanted, limit: undefined };
  const to = Math.max(level, lowestStep(from));
  return { to, kind: 'down', wanted, limit: to > level ? 'rate' : undefined };
}
