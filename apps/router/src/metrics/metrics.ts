import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RouteRecord } from '#slipway/contracts';
import type { RouteTable } from '../routes/route-table.js';
import type { SpoolState } from '../spool/spool.protocol.js';

const labels = ['environment', 'service'] as const;

/** What Prometheus may read of the router. */
export class RouterMetrics {
  readonly registry = new Registry();
  private readonly requests = new Counter({
    name: 'slipway_router_requests_total',
    help: 'Answers to scoring requests by status',
    labelNames: [...labels, 'status'] as const,
    registers: [this.registry],
  });
  private readonly seconds = new Histogram({
    name: 'slipway_router_request_seconds',
    help: 'From the last byte of a scoring request to its answer',
    labelNames: labels,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [this.registry],
  });
  private readonly refusals = new Counter({
    name: 'slipway_router_refusals_total',
    help: "Requests that no replica answered, by the router's status",
    labelNames: [...labels, 'status'] as const,
    registers: [this.registry],
  });
  private readonly aborts = new Counter({
    name: 'slipway_router_aborts_total',
    help: 'Requests whose client left before the answer',
    labelNames: labels,
    registers: [this.registry],
  });
  private readonly retries = new Counter({
    name: 'slipway_router_retries_total',
    help: 'Attempts that no replica had begun and that were repeated',
    labelNames: labels,
    registers: [this.registry],
  });

  constructor(table: RouteTable, spool: () => SpoolState & { pendingBytes: number }) {
    collectDefaultMetrics({ register: this.registry });
    this.gauge('slipway_router_busy', 'Requests at replicas now', table, (service) => service.slots.busy);
    this.gauge('slipway_router_queued', 'Requests waiting for a replica now', table, (service) => service.slots.queued);
    this.gauge('slipway_router_replicas', 'Replicas that are routed to', table, (service) => service.slots.replicas);
    const registers = [this.registry];
    new Gauge({
      name: 'slipway_router_spool_bytes',
      help: 'Bytes of records on disk that the capture log does not have yet',
      registers,
      collect() {
        this.set(spool().bytes);
      },
    });
    new Gauge({
      name: 'slipway_router_spool_pending_bytes',
      help: 'Bytes of records on their way to the disk',
      registers,
      collect() {
        this.set(spool().pendingBytes);
      },
    });
    new Gauge({
      name: 'slipway_router_shipped_records',
      help: 'Records that the capture log has taken since the start',
      registers,
      collect() {
        this.set(spool().shippedRecords);
      },
    });
    new Gauge({
      name: 'slipway_router_capture_log_failing',
      help: '1 while the capture log takes nothing',
      registers,
      collect() {
        this.set(spool().failing ? 1 : 0);
      },
    });
  }

  answered({ environment, name }: RouteRecord, status: number, ms: number): void {
    this.requests.inc({ environment, service: name, status });
    this.seconds.observe({ environment, service: name }, ms / 1000);
  }

  /** Without a record: no service was meant, or none was found. */
  refused(record: RouteRecord | undefined, status: number): void {
    this.refusals.inc({ environment: record?.environment ?? '', service: record?.name ?? '', status });
  }

  aborted({ environment, name }: RouteRecord): void {
    this.aborts.inc({ environment, service: name });
  }

  retried({ environment, name }: RouteRecord): void {
    this.retries.inc({ environment, service: name });
  }

  private gauge(name: string, help: string, table: RouteTable, value: (service: ServiceOf) => number): void {
    new Gauge({
      name,
      help,
      labelNames: labels,
      registers: [this.registry],
      collect() {
        this.reset();
        for (const service of table.all()) {
          this.set({ environment: service.record.environment, service: service.record.name }, value(service));
        }
      },
    });
  }
}

type ServiceOf = ReturnType<RouteTable['all']> extends Iterable<infer Service> ? Service : never;
