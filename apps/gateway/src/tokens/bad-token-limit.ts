import type { Clock } from '#slipway/platform';

const windowMs = 60_000;
const allowed = 100;
const maxAddresses = 10_000;

/** Slows down guessing: an address may send a hundred bad tokens a minute. */
export class BadTokenLimit {
  private readonly bad = new Map<string, { count: number; until: number }>();

  constructor(private readonly clock: Clock) {}

  /** Seconds for which the address has to wait; 0 when it may go on. */
  waitSeconds(address: string): number {
    const entry = this.bad.get(address);
    const left = entry === undefined || entry.count < allowed ? 0 : entry.until - this.clock.monotonic();
    return left <= 0 ? 0 : Math.ceil(left / 1_000);
  }

  note(address: string): void {
    const now = this.clock.monotonic();
    const entry = this.bad.get(address);
    if (entry && entry.until > now) {
      entry.count += 1;
      return;
    }
    // Last in the map's order, so that the oldest window is the one that is forgotten.
    this.bad.delete(address);
    this.bad.set(address, { count: 1, until: now + windowMs });
    if (this.bad.size > maxAddresses) this.bad.delete(this.bad.keys().next().value!);
  }
}
