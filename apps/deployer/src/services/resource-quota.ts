import type { Quotas, Service } from '#slipway/contracts';
import { DomainError } from '#slipway/platform';
import { resourcesOf } from './container-resources.js';

type Reservation = Service['containerResourceReservation'];

/** A service as it counts against the quotas of its environment. */
export interface Demand {
  replicas: number;
  reservation: Reservation;
}

const kinds = [
  { name: 'cpu', field: 'cpuMillis', flag: '--cpu', show: (millis: number) => `${millis / 1_000} cores` },
  { name: 'memory', field: 'memoryBytes', flag: '--memory', show: (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB` },
] as const;

/** Replicas with this reservation that cores and memory leave room for; Infinity without such quotas. */
export function roomOf(quotas: Quotas, reservation: Reservation, others: readonly Demand[]): number {
  const rooms = kinds.map(({ name, field }) => {
    const [limit, own] = [resourcesOf({ [name]: quotas[name] })[field], resourcesOf(reservation)[field]];
    if (limit === undefined || own === undefined) return Infinity;
    return Math.floor(Math.max(0, limit - usedBy(others, field)) / Math.max(1, own));
  });
  return Math.min(...rooms);
}

/** @throws DomainError `quota_exceeded` with the figures; `unprocessable` for a service that does not say what it needs. */
export function checkResources(environment: string, quotas: Quotas, asked: Demand, others: readonly Demand[]): void {
  for (const { name, field, flag, show } of kinds) {
    const limit = resourcesOf({ [name]: quotas[name] })[field];
    if (limit === undefined || asked.replicas === 0) continue;
    const own = resourcesOf(asked.reservation)[field];
    if (own === undefined)
      throw new DomainError(
        'unprocessable',
        `environment '${environment}' has a quota of ${name} (${show(limit)}): say what a replica needs with ${flag}`,
      );
    const used = usedBy(others, field);
    if (own * asked.replicas + used > limit)
      throw new DomainError(
        'quota_exceeded',
        `${asked.replicas} replicas with ${name} ${show(own)} are too much: environment '${environment}' holds ${show(limit)} and others ask for ${show(used)}; give at most ${roomOf(quotas, asked.reservation, others)} replicas, or less ${name}`,
      );
  }
}

/** Services that were there before the quota and say nothing count as nothing. */
const usedBy = (others: readonly Demand[], field: 'cpuMillis' | 'memoryBytes'): number =>
  others.reduce((sum, { replicas, reservation }) => sum + replicas * (resourcesOf(reservation)[field] ?? 0), 0);
