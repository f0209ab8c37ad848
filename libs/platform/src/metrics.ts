import { collectDefaultMetrics, Gauge, register } from 'prom-client';
import type { Database } from './db/database.js';
import type { Readiness } from './http/readiness.js';

/** What Prometheus may read of every service with tables: its process, its dependencies, its outbox and its dead letters. */
export function registerMetrics(database: Database, readiness: Readiness): void {
  // One process has one service; tests start several after one another.
  register.clear();
  collectDefaultMetrics({ register });
  new Gauge({
    name: 'slipway_dependency_failing',
    help: '1 while what the service needs to be ready does not answer',
    labelNames: ['dependency'],
    async collect() {
      const problems = await readiness.problems();
      this.reset();
      for (const name of readiness.names) this.set({ dependency: name }, name in problems ? 1 : 0);
    },
  });
  const pending = new Gauge({ name: 'slipway_outbox_pending', help: 'Events that the bus does not have yet' });
  const oldest = new Gauge({ name: 'slipway_outbox_oldest_seconds', help: 'How long the oldest of them has waited' });
  new Gauge({
    name: 'slipway_dead_letters',
    help: 'Messages that nothing could handle and nobody has replayed',
    async collect() {
      // A database that is away shows as a failing dependency; the other figures stay away with it.
      const backlog = await database.backlog().catch(() => undefined);
      for (const gauge of [this, pending, oldest]) gauge.reset();
      if (!backlog) return;
      pending.set(backlog.pending);
      oldest.set(backlog.oldestSeconds);
      this.set(backlog.deadLetters);
    },
  });
}
