import { EventEmitter, once } from 'node:events';
import { Injectable } from '@nestjs/common';

/** Wakes this process's worker when a build was queued by it; others find it when they look next. */
@Injectable()
export class BuildQueue {
  private readonly bell = new EventEmitter().setMaxListeners(0);

  wake(): void {
    this.bell.emit('wake');
  }

  /** Resolves when woken, or after `ms`. */
  async wait(ms: number): Promise<void> {
    await once(this.bell, 'wake', { signal: AbortSignal.timeout(Math.ceil(ms)) }).catch(() => undefined);
  }
}
