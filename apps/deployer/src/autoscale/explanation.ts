import type { ScalingDecision, ScalingHold, ScalingInputs } from '#slipway/contracts';
import { type Decided, decide, highestStep, lowestStep, utilisation } from './formula.js';

/** The words of a decision; they hold every number that its result follows from. */
export function explain(inputs: ScalingInputs, decided: Decided = decide(inputs)): string {
  const { from, min, max, room } = inputs;
  const load = `${inputs.busy} busy + ${inputs.queued} queued`;
  if (decided.kind === 'wake') return `${load} and no replica${capped(decided, inputs)}`;
  if (decided.kind === 'bounds')
    return from > max ? `the maximum is ${max}` : `the minimum is ${min}${decided.limit === 'quota' ? quota(room) : ''}`;
  const share = utilisation(inputs);
  const used = share === undefined ? '' : ` is ${share} % of capacity`;
  const base = `${load} on ${from} replicas x ${inputs.concurrency}${used}, target ${inputs.target} %`;
  return `${base}${decided.kind === 'down' ? lately(decided, inputs) : capped(decided, inputs)}`;
}

export function explainHold(hold: ScalingHold): string {
  if (hold.code === 'no_router') return 'held: no router is heard';
  return `held: router ${hold.router} not heard for ${Math.floor(hold.silentMs / 1_000)} s`;
}

/** The decision that its stored inputs lead to: what is stored, or the stored one is not what the autoscaler did. */
export function recompute({ from, inputs, hold }: ScalingDecision): Pick<ScalingDecision, 'to' | 'kind' | 'reason'> {
  if (hold) return { to: from, kind: 'held', reason: explainHold(hold) };
  if (!inputs) throw new Error('a decision has inputs or the reason of a hold');
  const decided = decide(inputs);
  return { to: decided.to, kind: decided.kind === 'steady' ? 'capped' : decided.kind, reason: explain(inputs, decided) };
}

function capped({ limit, wanted }: Decided, { from, max, room }: ScalingInputs): string {
  if (limit === 'max') return `, wants ${wanted}, capped by the maximum of ${max}`;
  if (limit === 'quota') return `, wants ${wanted}${quota(room)}`;
  return limit === 'rate' ? `, wants ${wanted}, at most ${highestStep(from)} in one step` : '';
}

const quota = (room: number): string => `, capped by quota: the environment has room for ${room}`;

function lately({ limit }: Decided, { from, min, peak, window }: ScalingInputs): string {
  const least = peak !== null && min > peak ? `, the minimum is ${min}` : '';
  const step = limit === 'rate' ? `, at least ${lowestStep(from)} after one step` : '';
  return `, at most ${peak} wanted in the last ${window} s${least}${step}`;
}
