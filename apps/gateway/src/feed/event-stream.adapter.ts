import type { Response } from 'express';
import type { EventSink } from './feed.service.js';

/** A reader that takes nothing for this long is left. */
const stuckMs = 60_000;

/** An HTTP answer of `text/event-stream`. */
export class EventStream implements EventSink {
  private readonly left = new AbortController();

  constructor(private readonly response: Response) {
    response.once('close', () => this.left.abort());
  }

  get gone(): AbortSignal {
    return this.left.signal;
  }

  open(): void {
    this.response.status(200).set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
    this.response.flushHeaders();
  }

  write(text: string): Promise<boolean> {
    if (this.gone.aborted) return Promise.resolve(false);
    if (this.response.write(text)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (drained: boolean): void => {
        clearTimeout(timer);
        this.response.off('drain', onDrain).off('close', onClose);
        resolve(drained);
      };
      const onDrain = (): void => end(true);
      const onClose = (): void => end(false);
      const timer = setTimeout(() => end(false), stuckMs);
      this.response.on('drain', onDrain).on('close', onClose);
    });
  }

  close(): void {
    if (this.response.headersSent && !this.response.writableEnded) this.response.end();
  }
}
