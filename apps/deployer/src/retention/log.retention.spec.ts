import { describe, expect, it } from 'vitest';
import { type KeptLog, logsToRemove } from './log.retention.js';

const now = new Date('2026-01-10T00:00:00Z');
const limits = { maxAgeMs: 7 * 86_400_000, maxBytes: 100, maxReplicas: 3 };
const log = (replicaId: string, hoursAgo: number, more: Partial<KeptLog> = {}): KeptLog => ({
  replicaId,
  serviceId: 's',
  serviceGone: false,
  endedAt: new Date(now.getTime() - hoursAgo * 3_600_000),
  bytes: 10,
  ...more,
});

describe(logsToRemove.name, () => {
  it('should keep young logs of living services', () => {
    expect(logsToRemove([log('a', 1), log('b', 2)], now, limits)).toEqual([]);
  });

  it('should remove old ones and those of services that are gone', () => {
    expect(logsToRemove([log('old', 24 * 8), log('gone', 1, { serviceId: 't', serviceGone: true })], now, limits)).toEqual([
      'gone',
      'old',
    ]);
  });

  it('should remove the oldest of a service that has too many bytes or replicas', () => {
    expect(logsToRemove([log('a', 1), log('b', 2), log('c', 3), log('d', 4)], now, limits)).toEqual(['d']);
    expect(logsToRemove([log('a', 1, { bytes: 60 }), log('b', 2, { bytes: 60 })], now, limits)).toEqual(['b']);
    expect(logsToRemove([log('a', 1, { bytes: 60 }), log('b', 2, { bytes: 60, serviceId: 't' })], now, limits)).toEqual([]);
  });
});
