import { describe, expect, it } from 'vitest';
import { resourcesOf } from './container-resources.js';

describe(resourcesOf.name, () => {
  it.each([
    ['0.5', 500],
    ['500m', 500],
    ['2', 2_000],
    ['0.001', 1],
  ])('should take %s cores as %d thousandths', (cpu, cpuMillis) => {
    expect(resourcesOf({ cpu })).toEqual({ cpuMillis, memoryBytes: undefined });
  });

  it.each([
    ['300M', 300_000_000],
    ['1G', 1_000_000_000],
    ['512Mi', 536_870_912],
    ['1.5Gi', 1_610_612_736],
    ['4096', 4_096],
  ])('should take %s as %d bytes', (memory, memoryBytes) => {
    expect(resourcesOf({ memory })).toEqual({ cpuMillis: undefined, memoryBytes });
  });
});
