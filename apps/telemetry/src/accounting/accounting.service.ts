import { Inject, Injectable } from '@nestjs/common';
import type { CaptureCounters, ServiceAccounting } from '#slipway/contracts';
import { CapturesRepository } from '../captures/captures.repository.js';
import type { CollectedState, StreamState } from '../captures/ingest-plan.js';
import { serviceFolder } from '../storage/paths.js';
import { USER_STORAGE, type UserStorage } from '../storage/storage.port.js';

/** What became of every counted prediction; shown live and written beside the files. */
@Injectable()
export class AccountingService {
  constructor(
    private readonly captures: CapturesRepository,
    @Inject(USER_STORAGE) private readonly storage: UserStorage,
  ) {}

  async of(serviceId: string): Promise<ServiceAccounting> {
    const streams = await this.captures.streamsOfService(serviceId);
    const owner = streams[0];
    return sumUp(
      serviceId,
      streams,
      await this.captures.collectedOfService(serviceId),
      owner ? this.storage.locate(serviceFolder(owner)) : null,
    );
  }

  /** Writes `watermark.json` of each service that a batch touched. */
  async publish(streams: Iterable<StreamState>): Promise<void> {
    const owners = new Map([...streams].map((stream) => [stream.serviceId, stream]));
    for (const [serviceId, owner] of owners) {
      const sums = await this.of(serviceId);
      await this.storage.replace(`${serviceFolder(owner)}/watermark.json`, Buffer.from(`${JSON.stringify(sums, null, 2)}\n`));
    }
  }
}

/** Pure: `served = captured + sampledOut + notCollected + shed`, where captures above the last watermark are added to both sides. */
export function sumUp(
  serviceId: string,
  streams: StreamState[],
  collected: CollectedState[],
  folder: string | null,
): ServiceAccounting {
  const revisions = new Map<string, ServiceAccounting['revisions'][number]>();
  for (const stream of streams) {
    const known = revisions.get(stream.revisionId) ?? {
      ...zero,
      revisionId: stream.revisionId,
      revision: stream.revision,
      unknown: 0,
      stored: 0,
    };
    revisions.set(stream.revisionId, {
      ...known,
      ...add(known, withUncounted(stream)),
      unknown: known.unknown + stream.unknown,
      stored: known.stored + stream.stored,
    });
  }
  const all = [...revisions.values()];
  const sum = (pick: (item: (typeof all)[number]) => number): number => all.reduce((total, item) => total + pick(item), 0);
  const times = streams.map((stream) => stream.lastRecordAt).filter((time) => time !== null);
  return {
    serviceId,
    total: {
      ...all.reduce<CaptureCounters>(add, zero),
      unknown: sum((item) => item.unknown),
      stored: sum((item) => item.stored),
      duplicates: streams.reduce((total, stream) => total + stream.duplicates, 0),
    },
    revisions: all.sort((a, b) => a.revision - b.revision),
    collected: {
      stored: collected.reduce((total, stream) => total + stream.stored, 0),
      dropped: collected.reduce((total, stream) => total + (stream.lastSeq - stream.stored), 0),
    },
    lastRecordAt: times.sort().at(-1) ?? null,
    folder,
  };
}

const zero: CaptureCounters = { served: 0, captured: 0, sampledOut: 0, notCollected: 0, shed: 0 };

function add(a: CaptureCounters, b: CaptureCounters): CaptureCounters {
  return {
    served: a.served + b.served,
    captured: a.captured + b.captured,
    sampledOut: a.sampledOut + b.sampledOut,
    notCollected: a.notCollected + b.notCollected,
    shed: a.shed + b.shed,
  };
}

function withUncounted({ counters, uncounted }: StreamState): CaptureCounters {
  return { ...counters, served: counters.served + uncounted, captured: counters.captured + uncounted };
}
