import type { CaptureCounters, RouteRecord, RouteRevision, WatermarkRecord } from '#slipway/contracts';

/** What is the same for all predictions of one stream. */
export interface StreamFacts {
  routerId: string;
  epoch: string;
  serviceId: string;
  revisionId: string;
  account: string;
  environment: string;
  serviceName: string;
  revision: number;
  models: RouteRevision['models'];
}

export function streamFacts(router: { id: string; epoch: string }, record: RouteRecord, revision: RouteRevision): StreamFacts {
  return {
    routerId: router.id,
    epoch: router.epoch,
    serviceId: record.serviceId,
    revisionId: revision.id,
    account: record.account,
    environment: record.environment,
    serviceName: record.name,
    revision: revision.number,
    models: revision.models,
  };
}

/** The sums of one (service, revision) since the start of this router. */
export class CaptureStream {
  /** Highest seq given. */
  seq = 0;
  /** Highest seq that may be given before another reservation. */
  reserved = 0;
  /** Changed since the last watermark. */
  dirty = false;
  /** `seq` at the last watermark. */
  markedSeq = 0;
  errors = 0;
  readonly counters: CaptureCounters = { served: 0, captured: 0, sampledOut: 0, notCollected: 0, shed: 0 };

  constructor(
    /** Names the stream between threads. */
    readonly number: number,
    readonly facts: StreamFacts,
  ) {}

  watermark(time: string, final: boolean): WatermarkRecord {
    return {
      kind: 'watermark',
      ...identity(this.facts),
      lastSeq: this.seq,
      reservedSeq: final ? this.seq : this.reserved,
      time,
      final,
      counters: { ...this.counters },
    };
  }
}

/** Says only how far seqs are reserved: a later start reports what of it is unknown. */
export function reservationOf(facts: StreamFacts, reservedSeq: number, time: string): WatermarkRecord {
  return {
    kind: 'watermark',
    ...identity(facts),
    lastSeq: 0,
    reservedSeq,
    time,
    final: false,
    counters: { served: 0, captured: 0, sampledOut: 0, notCollected: 0, shed: 0 },
  };
}

function identity({ models: _models, ...rest }: StreamFacts): Omit<StreamFacts, 'models'> {
  return rest;
}
