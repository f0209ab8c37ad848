import type { Socket } from 'node:net';
import { type Direction, isSwallowed, type Toxics } from './toxics.js';

/** What a pump needs from its proxy. */
export interface ToxicSource {
  current(): Toxics;
  /** Resolves at the next change of the toxics, or when the proxy closes. */
  changed(): Promise<void>;
  random(): number;
}

interface Piece {
  data: Buffer;
  /** When it may arrive, on the monotonic clock. */
  due: number;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const heldLimit = 2 ** 20;

/** Carries bytes of one connection in one direction, with the faults of the moment. */
export class Pump {
  private readonly pieces: Piece[] = [];
  private held = 0;
  private carried = 0;
  private finished = false;
  private wake: () => void = () => undefined;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly direction: Direction,
    private readonly source: ToxicSource,
    private readonly cut: () => void,
  ) {
    from.on('data', (data: Buffer) => this.take(data));
    from.on('end', () => this.finish());
    void this.run();
  }

  private take(data: Buffer): void {
    const { latencyMs = 0, jitterMs = 0 } = this.source.current();
    const earliest = this.pieces.at(-1)?.due ?? 0;
    const due = performance.now() + latencyMs + jitterMs * this.source.random();
    this.pieces.push({ data, due: Math.max(due, earliest) });
    this.held += data.length;
    if (this.held > heldLimit) this.from.pause();
    this.wake();
  }

  private finish(): void {
    this.finished = true;
    this.wake();
  }

  private async run(): Promise<void> {
    while (!this.to.destroyed) {
      const piece = this.pieces.shift();
      if (piece) await this.deliver(piece);
      else if (this.finished) return this.end();
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  private async deliver({ data, due }: Piece): Promise<void> {
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    const size = this.source.current().sliceBytes ?? data.length;
    for (let start = 0; start < data.length && !this.to.destroyed; start += size)
      await this.write(data.subarray(start, start + size));
    this.held -= data.length;
    if (this.held <= heldLimit) this.from.resume();
  }

  private async write(data: Buffer): Promise<void> {
    await this.untilPassable();
    const { bytesPerSecond, cutAfter, sliceBytes } = this.source.current();
    const left = cutAfter?.direction === this.direction ? cutAfter.bytes - this.carried : Infinity;
    const part = data.subarray(0, Math.max(0, left));
    this.carried += part.length;
    if (bytesPerSecond) await sleep((part.length / bytesPerSecond) * 1_000);
    // A turn between slices, or the kernel would join them again.
    else if (sliceBytes) await new Promise((resolve) => setImmediate(resolve));
    if (part.length > 0 && !this.to.destroyed && !this.to.write(part)) await this.drained();
    if (left <= data.length) this.cutSoon();
  }

  private async untilPassable(): Promise<void> {
    while (isSwallowed(this.source.current(), this.direction) && !this.to.destroyed) await this.source.changed();
  }

  private async end(): Promise<void> {
    await this.untilPassable();
    this.to.end();
  }

  /** What was written before must have left, or the reset would take it along. */
  private cutSoon(): void {
    setTimeout(this.cut, 20);
    this.pieces.length = 0;
  }

  private drained(): Promise<void> {
    return new Promise((resolve) => {
      this.to.once('drain', resolve);
      this.to.once('close', resolve);
    });
  }
}
