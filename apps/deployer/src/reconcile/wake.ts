import { Injectable } from '@nestjs/common';
/** Tells the reconciler of this process that something is due, so that it need not wait for its next look at the queue. */
@Injectable()
export class Wake {
  private resolve: (() => void) | undefined;
  private pending = false;

  now(): void {
    this.pending = true;
    this.resolve?.();
  }

  /** Resolves at once after a {@link now} that nobody has waited for yet, else with the next one or after `ms`. */
  wait(ms: number): Promise<void> {
    if (this.pending) {
      this.pending = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.resolve?.(), ms);
      this.resolve = () => {
        clearTimeout(timer);
        this.resolve = undefined;
        this.pending = false;
        resolve();
      };
    });
  }
}
