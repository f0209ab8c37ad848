import { describe, expect, it } from 'vitest';
import { inWords } from './decisions.js';

const decision = {
  id: 'd',
  serviceId: 's',
  createdAt: '2026-11-27T12:03:11.482Z',
  from: 2,
  to: 8,
  kind: 'up' as const,
  reason: '2 busy + 7 queued on 2 replicas x 1 is 450 % of capacity, target 70 %, wants 13, at most 8 in one step',
  inputs: null,
  hold: null,
};

describe(inWords.name, () => {
  it('should say what changed and why, and why nothing did', () => {
    expect(inWords(decision)).toBe(`2026-11-27 12:03:11 2 -> 8: ${decision.reason}`);
    const held = { ...decision, to: 2, kind: 'held' as const, reason: 'held: router r-1 not heard for 3 s' };
    expect(inWords(held)).toBe('2026-11-27 12:03:11 2: held: router r-1 not heard for 3 s');
  });
});
