import { join } from 'node:path';
import { armFailpoints, Log } from '#slipway/platform';
import { RouterBus } from '../bus/router-bus.adapter.js';
import { ReplicaSpools } from '../collected/replica-spools.js';
import { JetStreamCaptureLog } from './jetstream-capture-log.adapter.js';
import { PositionFile } from './position.js';
import { sealEarlierStarts } from './seal.js';
import { Segments } from './segments.js';
import { ShipLoop } from './ship-loop.js';
import { Shipper } from './shipper.js';
import { type SpoolItem, SpoolWriter } from './spool-writer.js';
import type { FromSpool, SpoolSettings, SpoolState } from './spool.protocol.js';

const stateEveryMs = 1_000;
const collectedRestMs = 1_000;
const stopLimitMs = 1_000;

/** All that happens in the thread of the spool: writing, and shipping beside it. */
export class SpoolHost {
  private readonly log: Log;
  private readonly segments: Segments;
  private readonly writer: SpoolWriter;
  private readonly predictions: ShipLoop;
  private readonly collected: ShipLoop;
  private readonly timer: NodeJS.Timeout;
  private shippedRecords = 0;
  private shippedCollected = 0;
  private writeFailed = false;
  private lostSinceFlush = false;
  private unsynced = false;

  constructor(
    private readonly settings: SpoolSettings,
    private readonly post: (message: FromSpool) => void,
  ) {
    armFailpoints(settings.failpoints);
    const log = Log.create('router', settings.logLevel);
    this.log = log.for('spool');
    const position = new PositionFile(join(settings.folder, 'position.json'));
    this.segments = new Segments(settings.folder, settings.limits, position.read().segment);
    this.seal();
    this.writer = new SpoolWriter(this.segments, (error) => this.onWriteError(error));

    const bus = new RouterBus({ url: settings.natsUrl, credsFile: settings.natsCreds, service: 'router' }, 'captures', log);
    const captureLog = new JetStreamCaptureLog(bus);
    const shipper = new Shipper(this.segments, position, captureLog, log.for('shipper'));
    const spools = new ReplicaSpools(settings.replicasFolder, captureLog, log.for('collected'));
    this.predictions = new ShipLoop(async () => {
      const shipped = await shipper.step();
      this.shippedRecords += shipped;
      return shipped > 0;
    }, log.for('shipper'));
    this.collected = new ShipLoop(
      async () => {
        const shipped = await spools.step();
        this.shippedCollected += shipped;
        return shipped > 0;
      },
      log.for('collected'),
      collectedRestMs,
    );
    this.predictions.start();
    this.collected.start();
    this.timer = setInterval(() => this.tick(), stateEveryMs);
    post({ kind: 'ready' });
  }

  write(batch: number, items: readonly SpoolItem[]): void {
    const lost = this.writer.write(items);
    if (lost.length > 0) this.lostSinceFlush = true;
    else this.writeFailed = false;
    this.unsynced = true;
    this.post({ kind: 'written', batch, lost, state: this.state() });
  }

  flush(id: number): void {
    const ok = this.sync() && !this.lostSinceFlush;
    this.lostSinceFlush = false;
    this.post({ kind: 'flushed', id, ok });
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all([this.predictions.stop(stopLimitMs), this.collected.stop(stopLimitMs)]);
    this.segments.close();
  }

  private seal(): void {
    try {
      const sealed = sealEarlierStarts(this.segments, this.settings.folder, this.settings.epoch);
      if (sealed === 0) return;
      this.log.warn('the router did not stop in order last time; what it may have served is reported', { count: sealed });
    } catch (error) {
      this.log.error('the sums of an earlier start could not be closed; the next start tries again', {}, error);
    }
  }

  private tick(): void {
    if (this.unsynced) this.sync();
    this.unsynced = false;
    this.post({ kind: 'state', state: this.state() });
  }

  private sync(): boolean {
    try {
      this.segments.sync();
      return true;
    } catch (error) {
      this.log.error('the spool cannot be made durable', {}, error);
      return false;
    }
  }

  private onWriteError(error: unknown): void {
    if (!this.writeFailed) {
      this.log.error('the spool cannot be written; predictions are shed and counted', { file: this.settings.folder }, error);
    }
    this.writeFailed = true;
  }

  private state(): SpoolState {
    return {
      bytes: this.segments.total,
      shippedRecords: this.shippedRecords,
      shippedCollected: this.shippedCollected,
      failing: this.predictions.failing || this.collected.failing,
    };
  }
}
