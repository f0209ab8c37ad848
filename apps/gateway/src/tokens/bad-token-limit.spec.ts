import { describe, expect, it } from 'vitest';
import { BadTokenLimit } from './bad-token-limit.js';

describe(BadTokenLimit.name, () => {
  const make = () => {
    const clock = { ms: 0, now: () => 0, monotonic: () => clock.ms, sleep: () => Promise.resolve() };
    return { clock, limit: new BadTokenLimit(clock) };
  };

  it('should hold an address up after a hundred bad tokens, until its minute is over', () => {
    const { clock, limit } = make();
    for (let count = 0; count < 99; count += 1) limit.note('a');
    expect(limit.waitSeconds('a')).toBe(0);
    limit.note('a');
    expect(limit.waitSeconds('a')).toBe(60);
    expect(limit.waitSeconds('b')).toBe(0);
    clock.ms = 59_500;
    expect(limit.waitSeconds('a')).toBe(1);
    clock.ms = 60_000;
    expect(limit.waitSeconds('a')).toBe(0);
    limit.note('a');
    expect(limit.waitSeconds('a')).toBe(0);
  });

  it('should remember a bounded number of addresses', () => {
    const { limit } = make();
    for (let count = 0; count < 100; count += 1) limit.note('first');
    for (let count = 0; count < 10_000; count += 1) limit.note(String(count));
    expect(limit.waitSeconds('first')).toBe(0);
  });
});
