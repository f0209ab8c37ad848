/** An ended replica, with what its logs take. */
export interface KeptLog {
  replicaId: string;
  serviceId: string;
  serviceGone: boolean;
  endedAt: Date;
  bytes: number;
}

export interface RetentionLimits {
  maxAgeMs: number;
  /** Of one service. */
  maxBytes: number;
  /** Ended replicas of one service. */
  maxReplicas: number;
}

/** Which logs go: of services that are gone, too old, and the oldest of a service that has too much. */
export function logsToRemove(kept: readonly KeptLog[], now: Date, limits: RetentionLimits): string[] {
  const newestFirst = [...kept].sort((a, b) => b.endedAt.getTime() - a.endedAt.getTime());
  const totals = new Map<string, { bytes: number; replicas: number }>();
  return newestFirst
    .filter((log) => {
      const total = totals.get(log.serviceId) ?? { bytes: 0, replicas: 0 };
      totals.set(log.serviceId, { bytes: total.bytes + log.bytes, replicas: total.replicas + 1 });
      return (
        log.serviceGone ||
        now.getTime() - log.endedAt.getTime() > limits.maxAgeMs ||
        total.bytes + log.bytes > limits.maxBytes ||
        total.replicas >= limits.maxReplicas
      );
    })
    .map((log) => log.replicaId);
}
