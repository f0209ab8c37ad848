import { closeSync, openSync, readSync } from 'node:fs';
import { failpoint, type Log } from '#slipway/platform';
import type { CaptureEntry, CaptureLog } from './capture-log.port.js';
import { readFrames, maxFramePayload, frameOverhead } from './frames.js';
import type { PositionFile } from './position.js';
import { toEntry } from './records.js';
import type { Segments } from './segments.js';

const readBytes = 1024 * 1024;
const batchFrames = 512;

interface Batch {
  entries: CaptureEntry[];
  /** Where the next one begins. */
  offset: number;
  /** Nothing after `offset` can be read. */
  damaged: boolean;
}

/** Carries the spool to the capture log: in order, each record at least once, and removes what has arrived. */
export class Shipper {
  private segment: number;
  private offset: number;

  constructor(
    private readonly segments: Segments,
    private readonly position: PositionFile,
    private readonly captureLog: CaptureLog,
    private readonly log: Log,
  ) {
    ({ segment: this.segment, offset: this.offset } = position.read());
  }

  /** Ships one batch and gives the number of its records. @throws when the capture log did not take it. */
  async step(): Promise<number> {
    while (this.enterSegment()) {
      const shipped = await this.shipBatch();
      if (shipped > 0) return shipped;
      if (this.segments.isOpen(this.segment)) break;
    }
    return 0;
  }

  private async shipBatch(): Promise<number> {
    const batch = this.read();
    if (batch.entries.length > 0) {
      await this.captureLog.publish(batch.entries);
      await failpoint('router.after_ship_before_position');
    }
    const moved = batch.offset > this.offset;
    this.offset = batch.offset;
    const closed = !this.segments.isOpen(this.segment);
    if (closed && (batch.damaged || this.offset >= this.segments.size(this.segment))) this.finishSegment(batch.damaged);
    else if (moved) this.position.write({ segment: this.segment, offset: this.offset });
    return batch.entries.length;
  }

  private finishSegment(damaged: boolean): void {
    if (damaged) this.reportTornEnd();
    this.segments.remove(this.segment);
    this.position.write({ segment: this.segment, offset: Number.MAX_SAFE_INTEGER });
    this.segment += 1;
    this.offset = 0;
  }

  private enterSegment(): boolean {
    const next = this.segments.numbers().find((number) => number >= this.segment);
    if (next === undefined) return false;
    if (next !== this.segment) {
      this.segment = next;
      this.offset = 0;
    }
    return this.offset < this.segments.size(next) || !this.segments.isOpen(next);
  }

  private read(): Batch {
    const size = this.segments.size(this.segment);
    let bytes = this.readBytes(Math.min(readBytes, size - this.offset));
    let frames = readFrames(bytes, batchFrames);
    if (frames.payloads.length === 0 && frames.rest === 'partial' && this.offset + bytes.length < size) {
      bytes = this.readBytes(Math.min(maxFramePayload + frameOverhead, size - this.offset));
      frames = readFrames(bytes, 1);
    }
    const reachedEnd = this.offset + bytes.length >= size;
    const damaged = frames.rest === 'damaged' || (frames.rest === 'partial' && reachedEnd);
    return this.untilNextEpoch(frames.payloads, damaged);
  }

  /** A batch holds one epoch: readers take the first record of a start as the end of what earlier ones left. */
  private untilNextEpoch(payloads: Buffer[], damaged: boolean): Batch {
    const entries: CaptureEntry[] = [];
    let offset = this.offset;
    let epoch: string | undefined;
    for (const payload of payloads) {
      const entry = toEntry(payload);
      if (entry && epoch !== undefined && entry.epoch !== epoch) return { entries, offset, damaged: false };
      if (entry) {
        epoch = entry.epoch;
        entries.push(entry);
      }
      offset += payload.length + frameOverhead;
    }
    return { entries, offset, damaged };
  }

  private readBytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(0, length));
    const file = openSync(this.segments.path(this.segment), 'r');
    try {
      return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, this.offset));
    } finally {
      closeSync(file);
    }
  }

  private reportTornEnd(): void {
    this.log.warn('a segment of the spool ends in the middle of a record; the sums tell what is missing', {
      file: this.segments.path(this.segment),
      bytes: this.segments.size(this.segment) - this.offset,
    });
  }
}
