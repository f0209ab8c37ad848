import { type Clock, DomainError } from '#slipway/platform';

const windowMs = 60_000;
const allowed = 100;
const maxAddresses = 10_000;

/** Slows down guessing: an address may send a hundred bad tokens a minute. Good tokens of other addresses are not touched. */
export class BadTokenLimit {
  private readonly bad = new Map<string, { count: number; until: number }>();

  constructor(private readonly clock: Clock) {}

  check(address: string): void {
    const entry = this.bad.get(address);
    if (entry && entry.until > this.clock.monotonic() && entry.count >= allowed) {
      throw new DomainError('rate_limited', 'too many bad tokens from this address; wait a minute');
    }
  }

  note(address: string): void {
    const now = this.clock.monotonic();
    const entry = this.bad.get(address);
    if (entry && entry.until > now) entry.count += 1;
    else this.bad.set(address, { count: 1, until: now + windowMs });
    if (this.bad.size > maxAddresses) this.bad.delete(this.bad.keys().next().value!);
  }
}
