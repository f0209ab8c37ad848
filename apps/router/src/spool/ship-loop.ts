import { backoff, type Log } from '#slipway/platform';

const idleMs = 200;

/** Repeats a step for as long as it finds work, rests when there is none, and backs off when it fails. */
export class ShipLoop {
  failing = false;
  private stopped = false;
  private wake: () => void = () => undefined;
  private done: Promise<void> = Promise.resolve();

  constructor(
    private readonly step: () => Promise<boolean>,
    private readonly log: Log,
    private readonly restMs = idleMs,
  ) {}

  start(): void {
    this.done = this.run();
  }

  /** Goes on until nothing is left or a step fails, but is waited for no longer than `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    this.stopped = true;
    this.wake();
    await Promise.race([this.done, new Promise((resolve) => setTimeout(resolve, limitMs))]);
  }

  private async run(): Promise<void> {
    for (let failures = 0, last = false; !last;) {
      // A step that began before the stop may have missed what was written just before it.
      last = this.stopped;
      try {
        const worked = await this.step();
        if (this.failing) this.log.info('the capture log takes records again');
        this.failing = false;
        failures = 0;
        if (worked) last = false;
        else await this.rest(this.restMs);
      } catch (error) {
        if (!this.failing) this.log.warn('the capture log takes no records; they wait in the spool', {}, error);
        this.failing = true;
        await this.rest(backoff(failures++, 250, 5_000));
      }
    }
  }

  private rest(ms: number): Promise<void> {
    if (this.stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
