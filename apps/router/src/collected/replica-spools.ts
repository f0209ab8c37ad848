import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CollectedRecord } from '#slipway/contracts';
import type { Log } from '#slipway/platform';
import type { CaptureEntry, CaptureLog } from '../spool/capture-log.port.js';

/** Whose replica it is; written by the deployer into the replica's folder. */
const Meta = z.object({
  account: z.string(),
  environment: z.string(),
  serviceId: z.uuid(),
  serviceName: z.string(),
  revisionId: z.uuid(),
  models: z.array(z.object({ id: z.string(), name: z.string(), version: z.coerce.string() })),
});
type Meta = z.infer<typeof Meta>;

/** One line of a segment, as the runtime's collector writes it. */
const Line = z.object({
  v: z.literal(1),
  seq: z.int().positive(),
  epoch: z.string(),
  time: z.string(),
  correlationId: z.string(),
  requestId: z.string(),
  modelName: z.string(),
  identifier: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.unknown())),
});

const Counters = z.object({ collected: z.int(), dropped: z.record(z.string(), z.int()), final: z.boolean() });

const segmentName = /^([0-9a-z]{1,64})-([1-9]\d{0,9})\.jsonl$/;
const countersName = /^([0-9a-z]{1,64})\.counters\.json$/;
const maxSegmentBytes = 16 * 1024 * 1024;
/** Below what the capture log takes in one message. */
const maxRecordBytes = 1_000_000;
const batchBytes = 1024 * 1024;

interface Segment {
  name: string;
  epoch: string;
  number: number;
}

/**
 * Ships what scripts collected. The folders belong to the replicas, that is to user code: nothing but plain files is
 * read, no link is followed, and who they are is only believed from a file that we ourselves own.
 */
export class ReplicaSpools {
  private readonly unknown = new Set<string>();

  constructor(
    private readonly folder: string,
    private readonly captureLog: CaptureLog,
    private readonly log: Log,
  ) {}

  /** Ships the closed segments that are there now; the number of them. @throws when the capture log did not take them. */
  async step(): Promise<number> {
    let shipped = 0;
    for (const replica of list(this.folder)) shipped += await this.shipReplica(replica);
    return shipped;
  }

  private async shipReplica(replica: string): Promise<number> {
    const names = list(join(this.folder, replica));
    const segments = names.map(toSegment).filter((segment) => segment !== undefined);
    if (segments.length > 0) {
      const meta = this.readMeta(replica);
      if (!meta) return 0;
      segments.sort((a, b) => (a.epoch === b.epoch ? a.number - b.number : a.epoch < b.epoch ? -1 : 1));
      for (const segment of segments) await this.shipSegment(replica, meta, segment);
    }
    for (const name of names) this.dropSettledCounters(replica, name, names);
    return segments.length;
  }

  private async shipSegment(replica: string, meta: Meta, segment: Segment): Promise<void> {
    const path = join(this.folder, replica, segment.name);
    const text = readPlainFile(path, maxSegmentBytes);
    let unreadable = 0;
    let batch: CaptureEntry[] = [];
    let bytes = 0;
    for (const line of text?.split('\n') ?? []) {
      if (line === '') continue;
      const entry = toEntry(line, replica, meta, segment.epoch);
      if (!entry) {
        unreadable += 1;
        continue;
      }
      batch.push(entry);
      bytes += entry.data.length;
      if (bytes < batchBytes) continue;
      await this.captureLog.publish(batch);
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) await this.captureLog.publish(batch);
    if (text === undefined || unreadable > 0) {
      this.log.warn('collected data was not readable and is counted as dropped', {
        replica,
        count: unreadable,
        file: segment.name,
      });
    }
    rmSync(path, { force: true });
  }

  /** A collector's counters go when they are final and nothing of it is left to ship. */
  private dropSettledCounters(replica: string, name: string, names: readonly string[]): void {
    const epoch = countersName.exec(name)?.[1];
    if (!epoch || names.some((other) => other.startsWith(`${epoch}-`))) return;
    const path = join(this.folder, replica, name);
    const counters = Counters.safeParse(parseJson(readPlainFile(path, 65_536) ?? ''));
    if (!counters.success || !counters.data.final) return;
    const dropped = Object.values(counters.data.dropped).reduce((sum, count) => sum + count, 0);
    if (dropped > 0) this.log.warn('a script collected more than could be kept', { replica, count: dropped });
    rmSync(path, { force: true });
  }

  private readMeta(replica: string): Meta | undefined {
    const path = join(this.folder, replica, 'meta.json');
    try {
      const owner = lstatSync(path).uid;
      if (owner !== process.geteuid?.()) throw new Error(`meta.json belongs to user ${owner}, who is not this platform's`);
      const meta = Meta.parse(parseJson(readPlainFile(path, 1024 * 1024) ?? ''));
      this.unknown.delete(replica);
      return meta;
    } catch (error) {
      if (!this.unknown.has(replica)) this.log.warn('collected data of an unknown replica stays where it is', { replica }, error);
      this.unknown.add(replica);
      return undefined;
    }
  }
}

function toSegment(name: string): Segment | undefined {
  const match = segmentName.exec(name);
  return match ? { name, epoch: match[1]!, number: Number(match[2]) } : undefined;
}

function toEntry(text: string, replica: string, meta: Meta, epoch: string): CaptureEntry | undefined {
  const line = Line.safeParse(parseJson(text));
  if (!line.success || line.data.epoch !== epoch) return undefined;
  const { seq, time, correlationId, requestId, modelName, identifier, columns, rows } = line.data;
  const model = meta.models.find((candidate) => candidate.name === modelName);
  const record = CollectedRecord.safeParse({
    kind: 'collected',
    account: meta.account,
    environment: meta.environment,
    serviceId: meta.serviceId,
    serviceName: meta.serviceName,
    revisionId: meta.revisionId,
    replica,
    epoch,
    seq,
    time,
    requestId: requestId || null,
    correlationId: correlationId || null,
    model: model ?? { id: 'unknown', name: modelName, version: 'unknown' },
    identifier,
    columns,
    rows,
  });
  if (!record.success) return undefined;
  const data = Buffer.from(JSON.stringify(record.data));
  if (data.length > maxRecordBytes) return undefined;
  const lane = `${replica}.${epoch}`;
  return { purpose: 'collected', serviceId: meta.serviceId, lane, id: `${lane}.${seq}`, data };
}

/** The text of a regular file of at most `limit` bytes; undefined for anything else. */
function readPlainFile(path: string, limit: number): string | undefined {
  let file: number;
  try {
    // Without O_NONBLOCK a pipe in the place of a file would hold the shipper for ever.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const status = fstatSync(file);
    return status.isFile() && status.size <= limit ? readFileSync(file, 'utf8') : undefined;
  } finally {
    closeSync(file);
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
