import type { ScalingInputs } from '#slipway/contracts';

/** What a router last said of a service. */
export interface RouterLoad {
  id: string;
  /** Since its last sample. */
  silentMs: number;
  /** Undefined: it does not know the service. */
  load:
    { busy: number; queued: number; epoch: string; /** Answered and refused since the epoch. */ finished: number } | undefined;
}

export interface Blindness {
  /** `stale`: for less time than is worth telling. */
  code: 'no_router' | 'router_silent' | 'stale';
  router: string | null;
  silentMs: number;
}

/** A router that was silent for this long may have load that nobody sees. */
export const blindMs = 3_000;

interface Point {
  at: number;
  busy: number;
  queued: number;
  active: boolean;
}

/** The load of one service in the last refresh period, as all its routers together tell it. */
export class LoadPoints {
  private points: Point[] = [];
  private sampledAt = -Infinity;
  private finished = new Map<string, { epoch: string; count: number }>();
  /** Since when the load has been seen without a gap. */
  seeingSince: number;

  constructor(private readonly startedAt: number) {
    this.seeingSince = startedAt;
  }

  /** Takes a look at the routers; what is not seen is told, and then nothing is taken. */
  add(now: number, routers: readonly RouterLoad[], periodMs: number): Blindness | undefined {
    const blindness = this.blindness(now, routers, periodMs);
    if (blindness) return blindness;
    const last = this.points.at(-1)?.at ?? this.startedAt;
    if (now - last > blindMs) this.seeingSince = now;
    const sampledAt = now - Math.max(...routers.map((router) => router.silentMs));
    // Every router has spoken since the last point, or the same sample would count twice.
    if (sampledAt > this.sampledAt) {
      this.sampledAt = sampledAt;
      this.points.push({ at: now, busy: sum(routers, 'busy'), queued: sum(routers, 'queued'), active: this.progress(routers) });
    }
    this.points = this.points.filter((point, index) => now - point.at < periodMs || index === this.points.length - 1);
    return undefined;
  }

  /** More requests than fit in the last two samples; without a replica, any request in the last one. */
  overflow(capacity: number): boolean {
    const newest = this.points.slice(capacity === 0 ? -1 : -2);
    return newest.length > (capacity === 0 ? 0 : 1) && newest.every((point) => point.busy + point.queued > capacity);
  }

  /** The mean of the period, to a hundredth; of the last two samples when that is `urgent`. */
  load(urgent: boolean): Pick<ScalingInputs, 'busy' | 'queued' | 'active'> {
    const used = urgent ? this.points.slice(-2) : this.points;
    const mean = (of: 'busy' | 'queued'): number => Math.round((100 * sumOf(used, of)) / used.length) / 100;
    return { busy: mean('busy'), queued: mean('queued'), active: this.points.some((point) => point.active) };
  }

  newest(): Pick<ScalingInputs, 'busy' | 'queued' | 'active'> {
    return this.points.at(-1)!;
  }

  private blindness(now: number, routers: readonly RouterLoad[], periodMs: number): Blindness | undefined {
    if (routers.length === 0) {
      // After a start, none may have had the time to speak.
      const silentMs = now - (this.points.at(-1)?.at ?? this.startedAt);
      return { code: silentMs < blindMs ? 'stale' : 'no_router', router: null, silentMs };
    }
    const silent = routers.reduce((a, b) => (b.silentMs > a.silentMs ? b : a));
    if (silent.silentMs >= blindMs) return { code: 'router_silent', router: silent.id, silentMs: silent.silentMs };
    const unknown = routers.every((router) => router.load === undefined);
    return silent.silentMs > periodMs || unknown ? { code: 'stale', router: silent.id, silentMs: silent.silentMs } : undefined;
  }

  /** Whether a request has ended since the last point. */
  private progress(routers: readonly RouterLoad[]): boolean {
    const before = this.finished;
    this.finished = new Map(
      routers.flatMap(({ id, load }) => (load ? [[id, { epoch: load.epoch, count: load.finished }] as const] : [])),
    );
    return [...this.finished].some(([id, { epoch, count }]) => {
      const known = before.get(id);
      return known !== undefined && (known.epoch === epoch ? count > known.count : count > 0);
    });
  }
}

const sum = (routers: readonly RouterLoad[], of: 'busy' | 'queued'): number =>
  routers.reduce((total, router) => total + (router.load?.[of] ?? 0), 0);
const sumOf = (points: readonly Point[], of: 'busy' | 'queued'): number => points.reduce((total, point) => total + point[of], 0);
