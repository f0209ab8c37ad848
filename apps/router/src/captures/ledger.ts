import type { RouteRecord, RouteRevision } from '#slipway/contracts';
import type { Log } from '#slipway/platform';
import { CaptureStream, reservationOf, streamFacts } from './capture-stream.js';
import type { Reservations } from './reservations.js';
import type { Spool, SpooledPrediction } from './spool.port.js';

/**
 * Seqs reserved at a time, and predictions after which a watermark is written in any case. Half of what may be unknown
 * after a kill (256): the other half is for records that were on their way to the disk.
 */
const block = 128;
const markEveryMs = 500;

/** An answered prediction, as far as it is counted or kept. */
export interface Prediction {
  requestId: string;
  clientRequestId: string | null;
  keyId: string;
  /** Milliseconds since the epoch at which the request was complete. */
  receivedAt: number;
  latencyMs: number;
  status: number;
  requestHeaders: readonly string[];
  requestType: string | null;
  requestBody: Uint8Array;
  responseType: string | null;
  responseBody: Uint8Array;
}

/** Counts every answered prediction exactly once and hands the captured ones to the spool. */
export class Ledger {
  /** By service, then revision. */
  private readonly streams = new Map<string, Map<string, CaptureStream>>();
  private readonly byNumber: CaptureStream[] = [];
  private readonly timer: NodeJS.Timeout;
  private reservationFailed = false;

  constructor(
    private readonly router: { id: string; epoch: string },
    private readonly spool: Spool,
    private readonly reservations: Reservations,
    private readonly log: Log,
    private readonly random: () => number = Math.random,
  ) {
    spool.whenLost(({ stream, predictions }) => this.turnIntoShed(stream, predictions));
    this.timer = setInterval(() => this.markAll(), markEveryMs).unref();
  }

  /** Before the answer leaves: whatever a client has received is counted. */
  count(record: RouteRecord, revision: RouteRevision, prediction: Prediction): void {
    const stream = this.streamOf(record, revision);
    if (stream.seq === stream.reserved) this.reserve(stream);
    stream.seq += 1;
    stream.dirty = true;
    stream.counters.served += 1;
    if (prediction.status >= 500) stream.errors += 1;
    stream.counters[this.fate(stream, record.capture, prediction)] += 1;
    if (stream.seq - stream.markedSeq >= block) this.mark(stream, false);
  }

  /** The streams of a service since the start, oldest first. */
  streamsOf(serviceId: string): CaptureStream[] {
    return [...(this.streams.get(serviceId)?.values() ?? [])];
  }

  /** The last sums of every stream, safely on disk. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    // First what is on its way, because it may come back as lost and change the sums.
    await this.spool.flush();
    for (const stream of this.byNumber) this.mark(stream, true);
    if (await this.spool.flush()) this.reservations.remove();
    else this.log.error('the last sums of the predictions could not be stored; the next start reports them as unknown');
  }

  private streamOf(record: RouteRecord, revision: RouteRevision): CaptureStream {
    const known = this.streams.get(record.serviceId)?.get(revision.id);
    if (known) return known;
    const ofService = this.streams.get(record.serviceId) ?? new Map<string, CaptureStream>();
    this.streams.set(record.serviceId, ofService);
    const stream = new CaptureStream(this.byNumber.length, streamFacts(this.router, record, revision));
    ofService.set(revision.id, stream);
    this.byNumber.push(stream);
    this.spool.introduce(stream.number, stream.facts);
    return stream;
  }

  private reserve(stream: CaptureStream): void {
    const upTo = stream.seq + block;
    try {
      this.reservations.reserve(reservationOf(stream.facts, upTo, new Date().toISOString()));
      this.reservationFailed = false;
    } catch (error) {
      if (!this.reservationFailed) this.log.error('numbers of predictions cannot be reserved on disk', {}, error);
      this.reservationFailed = true;
    }
    stream.reserved = upTo;
  }

  private fate(
    stream: CaptureStream,
    capture: RouteRecord['capture'],
    prediction: Prediction,
  ): 'notCollected' | 'sampledOut' | 'captured' | 'shed' {
    if (!capture.enabled) return 'notCollected';
    if (capture.sampleRate < 1 && this.random() >= capture.sampleRate) return 'sampledOut';
    return this.spool.offer(toSpooled(stream, capture, prediction)) ? 'captured' : 'shed';
  }

  private turnIntoShed(number: number, count: number): void {
    const stream = this.byNumber[number];
    if (!stream) return;
    stream.counters.captured -= count;
    stream.counters.shed += count;
    // Also when only a watermark is missing: the next one says the same and more.
    stream.dirty = true;
  }

  private markAll(): void {
    for (const stream of this.byNumber) if (stream.dirty) this.mark(stream, false);
  }

  private mark(stream: CaptureStream, final: boolean): void {
    stream.dirty = false;
    stream.markedSeq = stream.seq;
    this.spool.mark(stream.number, stream.watermark(new Date().toISOString(), final));
  }
}

function toSpooled(stream: CaptureStream, capture: RouteRecord['capture'], prediction: Prediction): SpooledPrediction {
  const { requestBody, responseBody } = prediction;
  const kept = [Math.min(requestBody.length, capture.maxBytes), Math.min(responseBody.length, capture.maxBytes)] as const;
  const payload = new Uint8Array(kept[0] + kept[1]);
  payload.set(requestBody.subarray(0, kept[0]));
  payload.set(responseBody.subarray(0, kept[1]), kept[0]);
  return {
    stream: stream.number,
    seq: stream.seq,
    requestId: prediction.requestId,
    clientRequestId: prediction.clientRequestId,
    keyId: prediction.keyId,
    time: new Date(prediction.receivedAt).toISOString(),
    latencyMs: Math.round(prediction.latencyMs * 1000) / 1000,
    status: prediction.status,
    headers: pick(prediction.requestHeaders, capture.headers),
    request: { contentType: prediction.requestType, bytes: requestBody.length, kept: kept[0] },
    response: { contentType: prediction.responseType, bytes: responseBody.length, kept: kept[1] },
    payload,
  };
}

/** Headers on the service's list; a key never, whatever the list says. */
function pick(raw: readonly string[], wanted: readonly string[]): Record<string, string> {
  if (wanted.length === 0) return {};
  const names = new Set(wanted.map((name) => name.toLowerCase()));
  const entries: [string, string][] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase();
    if (names.has(name) && name !== 'authorization' && name !== 'cookie') entries.push([name, raw[index + 1]!]);
  }
  return Object.fromEntries(entries);
}
