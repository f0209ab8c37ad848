import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScalingDecision, ScalingInputs } from '#slipway/contracts';
import { decide, highestStep, lowestStep, recommend, utilisation } from './formula.js';
import { explain, explainHold, recompute } from './explanation.js';

const calm: ScalingInputs = {
  from: 2,
  busy: 1,
  queued: 0,
  active: true,
  concurrency: 1,
  target: 70,
  min: 1,
  max: 10,
  room: 100,
  peak: null,
  window: 60,
};
const result = (change: Partial<ScalingInputs>) => decide({ ...calm, ...change }).to;

const hundredths = fc.integer({ min: 0, max: 50_000 }).map((value) => value / 100);
const anyInputs: fc.Arbitrary<ScalingInputs> = fc
  .record({
    from: fc.nat(60),
    busy: hundredths,
    queued: hundredths,
    active: fc.boolean(),
    concurrency: fc.integer({ min: 1, max: 40 }),
    target: fc.integer({ min: 1, max: 100 }),
    min: fc.nat(20),
    span: fc.nat(40),
    room: fc.nat(80),
    above: fc.option(fc.nat(30)),
    window: fc.constantFrom(10, 60),
  })
  .map(({ span, above, ...rest }) => {
    const inputs = { ...rest, max: Math.max(1, rest.min + span), peak: null };
    return { ...inputs, peak: above === null ? null : recommend(inputs) + above };
  });

describe(decide.name, () => {
  it('should go up at once to what the load asks for, within a step, the maximum and the quota', () => {
    expect(result({ busy: 2, queued: 1 })).toBe(5);
    expect(result({ busy: 2, queued: 7 })).toBe(8);
    expect(result({ from: 4, busy: 4, queued: 7 })).toBe(10);
    expect(result({ busy: 2, queued: 7, room: 3 })).toBe(3);
    expect(result({ busy: 2, queued: 7, room: 1 })).toBe(2);
  });

  it('should go down to the peak of a whole window only, a quarter at a time', () => {
    expect(result({ from: 8, busy: 0.7 })).toBe(8);
    expect(result({ from: 8, busy: 0.7, peak: 1 })).toBe(6);
    expect(result({ from: 8, busy: 0.7, peak: 7 })).toBe(7);
    expect(result({ from: 8, busy: 0.7, peak: 9 })).toBe(8);
  });

  it('should reach 0 only when nothing was asked for, and wake for a single request', () => {
    expect(result({ from: 1, min: 0, busy: 0, active: false, peak: 0 })).toBe(0);
    expect(result({ from: 1, min: 0, busy: 0, active: true, peak: 1 })).toBe(1);
    expect(result({ from: 0, min: 0, busy: 0, queued: 1 })).toBe(1);
    expect(result({ from: 0, min: 0, busy: 0, active: false })).toBe(0);
  });

  it('should need no replica more for a load that is exactly the target', () => {
    expect(recommend({ busy: 0.07, queued: 0, active: true, concurrency: 1, target: 7 })).toBe(1);
    expect(recommend({ busy: 6.3, queued: 0.7, active: true, concurrency: 2, target: 70 })).toBe(5);
  });

  it('should keep every bound, whatever it is told', () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        const { to } = decide(inputs);
        const { from, min, max, room, peak, busy, queued } = inputs;
        expect(to).toBeLessThanOrEqual(max);
        expect(to).toBeGreaterThanOrEqual(Math.min(min, Math.max(from, room)));
        if (to > from) expect(to).toBeLessThanOrEqual(room);
        if (to > from && from >= min) expect(to).toBeLessThanOrEqual(highestStep(from));
        if (to < from && from <= max) {
          expect(to).toBeGreaterThanOrEqual(Math.max(lowestStep(from), peak ?? from));
          expect(busy + queued).toBeLessThanOrEqual((to * inputs.concurrency * inputs.target) / 100 + 0.005);
        }
      }),
      { numRuns: 20_000 },
    );
  });
});

/** What a reader finds by the words alone. */
function fromWords(text: string, from: number): { to: number; share?: number | undefined } {
  const number = (pattern: RegExp): number | undefined => {
    const found = pattern.exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const min = number(/the minimum is (\d+)/);
  const room = number(/room for (\d+)/);
  const most = Math.max(from, room ?? Infinity);
  const bound = number(/^the maximum is (\d+)/);
  if (bound !== undefined) return { to: bound };
  if (/^the minimum/.test(text)) return { to: Math.min(min!, most) };
  if (/no replica/.test(text)) return { to: Math.min(1, room ?? 1) };
  const [, busy, queued] = /^([\d.]+) busy \+ ([\d.]+) queued/.exec(text)!.map(Number) as [number, number, number];
  const [, replicas, concurrency] = /on (\d+) replicas x (\d+)/.exec(text)!.map(Number) as [number, number, number];
  const target = number(/target (\d+) %/)!;
  const share = Math.round((100 * (busy + queued)) / (replicas * concurrency));
  const peak = number(/at most (\d+) wanted/);
  if (peak !== undefined) return { to: Math.max(peak, min ?? 0, number(/at least (\d+) after/) ?? 0), share };
  const wanted = Math.ceil(Math.round((busy + queued) * 100) / (concurrency * target));
  const step = number(/at most (\d+) in one step/) ?? Infinity;
  return { to: Math.min(wanted, number(/maximum of (\d+)/) ?? Infinity, most, step), share };
}

describe(explain.name, () => {
  it('should say it in a line', () => {
    expect(explain({ ...calm, busy: 2, queued: 7 })).toBe(
      '2 busy + 7 queued on 2 replicas x 1 is 450 % of capacity, target 70 %, wants 13, at most 8 in one step',
    );
    expect(explain({ ...calm, from: 8, peak: 2 })).toBe(
      '1 busy + 0 queued on 8 replicas x 1 is 13 % of capacity, target 70 %, at most 2 wanted in the last 60 s, at least 6 after one step',
    );
    expect(explain({ ...calm, from: 0, min: 0, busy: 0, queued: 1 })).toBe('0 busy + 1 queued and no replica');
    expect(explainHold({ code: 'router_silent', router: 'r-1', silentMs: 4_100 })).toBe('held: router r-1 not heard for 4 s');
  });

  it('should hold every number that the result follows from', () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        const decided = decide(inputs);
        if (decided.kind === 'steady' && decided.limit === undefined) return;
        const words = explain(inputs, decided);
        const found = fromWords(words, inputs.from);
        expect(found.to, words).toBe(decided.to);
        if (found.share !== undefined) {
          expect(found.share).toBe(utilisation(inputs));
          expect(words).toContain(`is ${found.share} % of capacity`);
        }
      }),
      { numRuns: 20_000 },
    );
  });
});

describe(recompute.name, () => {
  const stored: ScalingDecision = {
    id: 'd',
    serviceId: 's',
    createdAt: '',
    from: 2,
    to: 8,
    kind: 'up',
    reason: '',
    inputs: { ...calm, busy: 2, queued: 7 },
    hold: null,
  };
  it('should find what was decided, and not what was not', () => {
    expect(recompute(stored)).toMatchObject({ to: 8, kind: 'up' });
    expect(recompute({ ...stored, inputs: { ...calm, busy: 2, queued: 1 } })).toMatchObject({ to: 5 });
    const hold = { code: 'no_router', router: null, silentMs: 0 } as const;
    expect(recompute({ ...stored, inputs: null, hold })).toEqual({ to: 2, kind: 'held', reason: 'held: no router is heard' });
    expect(() => recompute({ ...stored, inputs: null })).toThrow('inputs or the reason');
  });
});
