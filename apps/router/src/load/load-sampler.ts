import type { LoadSample } from '#slipway/contracts';
import type { Ledger } from '../captures/ledger.js';
import type { RouteTable } from '../routes/route-table.js';

/** Revisions of a service in a sample, newest first: a router that lives for months has seen many. */
const maxRevisions = 16;

/** One sample for each environment that the router serves; `appliedVersion` is what requests see at this moment. */
export function sampleLoad(router: { id: string; epoch: string }, table: RouteTable, ledger: Ledger): LoadSample[] {
  const samples = new Map<string, LoadSample>();
  for (const { record, slots, refused } of table.withLeaving()) {
    let sample = samples.get(record.environment);
    if (!sample) {
      sample = { routerId: router.id, epoch: router.epoch, environment: record.environment, services: [] };
      samples.set(record.environment, sample);
    }
    sample.services.push({
      id: record.serviceId,
      appliedVersion: record.version,
      busy: slots.busy,
      queued: slots.queued,
      revisions: ledger
        .streamsOf(record.serviceId)
        .slice(-maxRevisions)
        .map((stream) => ({ id: stream.facts.revisionId, requests: stream.counters.served, errors: stream.errors })),
      refused,
      busyReplicas: slots.busyReplicas(),
    });
  }
  return [...samples.values()];
}
