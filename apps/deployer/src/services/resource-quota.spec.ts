import { describe, expect, it } from 'vitest';
import { checkResources, roomOf } from './resource-quota.js';

const others = [
  { replicas: 2, reservation: { cpu: '500m', memory: '1Gi' } },
  { replicas: 5, reservation: {} },
];

describe(checkResources.name, () => {
  const ask = (quotas: object, replicas: number, reservation: object) => () =>
    checkResources('small', quotas, { replicas, reservation }, others);

  it('should take what just fits, and nothing without quotas', () => {
    expect(ask({ cpu: '2' }, 2, { cpu: '0.5' })).not.toThrow();
    expect(ask({}, 1_000, { cpu: '100' })).not.toThrow();
    expect(ask({ cpu: '2' }, 0, {})).not.toThrow();
  });

  it('should name the figures of what is too much', () => {
    expect(ask({ cpu: '2' }, 3, { cpu: '0.5' })).toThrow(
      expect.objectContaining({
        code: 'quota_exceeded',
        message:
          "3 replicas with cpu 0.5 cores are too much: environment 'small' holds 2 cores and others ask for 1 cores; give at most 2 replicas, or less cpu",
      }),
    );
    expect(ask({ memory: '3Gi' }, 2, { memory: '1Gi' })).toThrow('holds 3072 MiB and others ask for 2048 MiB');
  });

  it('should want to know what a replica needs', () => {
    expect(ask({ memory: '3Gi' }, 1, { cpu: '1' })).toThrow(expect.objectContaining({ code: 'unprocessable' }));
  });
});

describe(roomOf.name, () => {
  it('should be the least of cores and memory', () => {
    expect(roomOf({ cpu: '3', memory: '4Gi' }, { cpu: '500m', memory: '1Gi' }, others)).toBe(2);
    expect(roomOf({ cpu: '3' }, { cpu: '500m' }, others)).toBe(4);
    expect(roomOf({}, { cpu: '500m' }, others)).toBe(Infinity);
    expect(roomOf({ cpu: '1' }, { cpu: '500m' }, others)).toBe(0);
  });
});
