import type { Worker } from 'node:worker_threads';
import type { WatermarkRecord } from '#slipway/contracts';
import type { Log } from '#slipway/platform';
import type { StreamFacts } from '../captures/capture-stream.js';
import type { Lost, Spool, SpooledPrediction } from '../captures/spool.port.js';
import type { SpoolItem } from './spool-writer.js';
import type { FromSpool, SpoolSettings, SpoolState, ToSpool } from './spool.protocol.js';
import { startSpoolWorker } from './start-worker.js';

/** Bytes on their way to the worker; beyond it the disk is too slow and predictions are shed. */
const maxPendingBytes = 32 * 1024 * 1024;
/** What a record needs besides its bodies, roughly. */
const recordBytes = 1_200;
const restartMs = 1_000;

interface SentBatch {
  bytes: number;
  predictions: Map<number, number>;
}

/** The request path's end of the spool: hands records to the worker thread once a turn of the event loop, and never waits. */
export class SpoolThread implements Spool {
  state: SpoolState = { bytes: 0, shippedRecords: 0, shippedCollected: 0, failing: false };
  pendingBytes = 0;
  /** The disk is open and what earlier starts left is sealed. */
  readonly ready: Promise<void>;
  private onReady: () => void = () => undefined;
  private worker: Worker | undefined;
  private items: SpoolItem[] = [];
  private transfer: ArrayBuffer[] = [];
  private collecting: SentBatch = { bytes: 0, predictions: new Map() };
  private batch = 0;
  private flushId = 0;
  private stopping = false;
  private readonly sent = new Map<number, SentBatch>();
  private readonly flushes = new Map<number, (ok: boolean) => void>();
  private readonly introduced = new Map<number, StreamFacts>();
  private lostListener: (lost: Lost) => void = () => undefined;

  constructor(
    private readonly settings: SpoolSettings,
    private readonly log: Log,
    worker: Worker,
  ) {
    this.ready = new Promise((resolve) => (this.onReady = resolve));
    this.take(worker);
  }

  introduce(stream: number, facts: StreamFacts): void {
    this.introduced.set(stream, facts);
    this.add({ kind: 'stream', stream, facts });
  }

  offer(prediction: SpooledPrediction): boolean {
    const bytes = prediction.payload.length + recordBytes;
    if (!this.worker || this.pendingBytes + bytes > maxPendingBytes) return false;
    if (this.state.bytes + this.pendingBytes + bytes > this.settings.limits.totalBytes) return false;
    this.pendingBytes += bytes;
    this.collecting.bytes += bytes;
    this.collecting.predictions.set(prediction.stream, (this.collecting.predictions.get(prediction.stream) ?? 0) + 1);
    this.transfer.push(prediction.payload.buffer);
    this.add({ kind: 'prediction', prediction });
    return true;
  }

  mark(stream: number, watermark: WatermarkRecord): void {
    this.add({ kind: 'watermark', stream, watermark });
  }

  whenLost(listener: (lost: Lost) => void): void {
    this.lostListener = listener;
  }

  flush(): Promise<boolean> {
    this.post();
    if (!this.worker) return Promise.resolve(false);
    const id = ++this.flushId;
    return new Promise((resolve) => {
      this.flushes.set(id, resolve);
      this.send({ kind: 'flush', id });
    });
  }

  /** Ends the worker; what was given before is on disk. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.post();
    const worker = this.worker;
    if (!worker) return;
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    this.send({ kind: 'stop' });
    await exited;
  }

  private add(item: SpoolItem): void {
    if (this.items.push(item) === 1) setImmediate(() => this.post());
  }

  private post(): void {
    if (this.items.length === 0) return;
    const batch = ++this.batch;
    const [items, transfer] = [this.items, this.transfer];
    this.sent.set(batch, this.collecting);
    this.items = [];
    this.transfer = [];
    this.collecting = { bytes: 0, predictions: new Map() };
    if (this.worker) this.send({ kind: 'write', batch, items }, transfer);
    else this.giveUp(batch, items);
  }

  private send(message: ToSpool, transfer: ArrayBuffer[] = []): void {
    this.worker?.postMessage(message, transfer);
  }

  private onMessage(message: FromSpool): void {
    if (message.kind === 'ready') {
      this.onReady();
      return;
    }
    if (message.kind === 'flushed') {
      this.flushes.get(message.id)?.(message.ok);
      this.flushes.delete(message.id);
      return;
    }
    this.state = message.state;
    if (message.kind !== 'written') return;
    this.settle(message.batch);
    for (const lost of message.lost) this.lostListener(lost);
  }

  private settle(batch: number): SentBatch | undefined {
    const known = this.sent.get(batch);
    this.sent.delete(batch);
    this.pendingBytes -= known?.bytes ?? 0;
    return known;
  }

  /** Nobody is there to write it: predictions are shed, watermarks written again later. */
  private giveUp(batch: number, items: readonly SpoolItem[]): void {
    const predictions = this.settle(batch)?.predictions ?? new Map<number, number>();
    for (const [stream, count] of predictions) this.lostListener({ stream, predictions: count });
    for (const item of items) if (item.kind === 'watermark') this.lostListener({ stream: item.stream, predictions: 0 });
  }

  private take(worker: Worker): void {
    this.worker = worker;
    this.send({ kind: 'start', settings: this.settings });
    worker.on('message', (message: FromSpool) => this.onMessage(message));
    worker.on('error', (error) => this.log.error('the thread of the spool failed', {}, error));
    worker.on('exit', () => this.onExit());
    for (const [stream, facts] of this.introduced) this.add({ kind: 'stream', stream, facts });
  }

  private onExit(): void {
    this.worker = undefined;
    for (const batch of [...this.sent.keys()]) this.giveUp(batch, []);
    for (const resolve of this.flushes.values()) resolve(false);
    this.flushes.clear();
    if (!this.stopping) setTimeout(() => this.take(startSpoolWorker()), restartMs).unref();
  }
}
