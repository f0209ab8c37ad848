/** Why a request ended before its answer: the client went away, or its time is over. */
export type Ending = 'gone' | 'late';

/** Time, so that rules can be tested without waiting. */
export interface Timing {
  /** Milliseconds that never go backwards. */
  now(): number;
  /** Calls back after `ms`; the returned function takes that back. */
  after(ms: number, callback: () => void): () => void;
}

export const systemTiming: Timing = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** A request from its last byte to its answer. Whoever works on it at the moment hears of its early end. */
export class Lifetime {
  ending: Ending | undefined;
  readonly deadline: number;
  private listener: ((ending: Ending) => void) | undefined;
  private readonly stopTimer: () => void;

  constructor(
    private readonly timing: Timing,
    timeoutMs: number,
  ) {
    this.deadline = timing.now() + timeoutMs;
    this.stopTimer = timing.after(timeoutMs, () => this.end('late'));
  }

  /** Milliseconds until the deadline, never below 0. */
  left(): number {
    return Math.max(0, this.deadline - this.timing.now());
  }

  /** One listener at a time: the next one takes its place. */
  whenEnded(listener: ((ending: Ending) => void) | undefined): void {
    this.listener = listener;
  }

  end(ending: Ending): void {
    if (this.ending) return;
    this.ending = ending;
    this.stopTimer();
    this.listener?.(ending);
  }

  /** The answer is there; nothing can end it early any more. */
  finish(): void {
    this.stopTimer();
    this.listener = undefined;
  }
}
