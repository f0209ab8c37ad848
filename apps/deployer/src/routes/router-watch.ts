import type { LoadSample } from '#slipway/contracts';
import type { RouterLoad } from '../autoscale/load-points.js';

/** A router that was silent for this long is not counted on any more for an answer. */
const liveMs = 3_000;
/** One that was silent for this long is taken for gone; until then nothing that it may still use is ended. */
const goneMs = 60_000;
/** Without any router: how long a route is given to arrive, on the bus, and by the routers' own asking. */
const withoutRouterMs = 3_000;
const withoutBusMs = 15_000;
/** So long after a start no sample may have come yet from a router that is there. */
const warmUpMs = 1_500;

interface SeenRouter {
  at: number;
  environment: string;
  services: Map<string, { appliedVersion: number; busy: Set<string>; load: NonNullable<RouterLoad['load']> }>;
}

/** What the routers' load samples say about who uses which route. Times are of a clock that never goes back. */
export class RouterWatch {
  private readonly routers = new Map<string, SeenRouter>();
  private listeningSince: number | undefined;

  constructor(private readonly now: () => number) {}

  /** Samples arrive from now on; undefined: the bus is away. */
  listening(yes: boolean): void {
    this.listeningSince = yes ? this.now() : undefined;
  }

  see(sample: LoadSample): void {
    const services = sample.services.map(({ id, appliedVersion, busyReplicas, busy, queued, revisions, refused }) => {
      const finished = revisions.reduce((sum, revision) => sum + revision.requests, refused);
      const load = { busy, queued, finished, epoch: sample.epoch };
      return [id, { appliedVersion, busy: new Set(busyReplicas), load }] as const;
    });
    this.routers.set(sample.routerId, { at: this.now(), environment: sample.environment, services: new Map(services) });
  }

  /** Whether every live router uses at least this version. `ageMs`: how long ago the version was made. */
  acknowledged(environment: string, serviceId: string, version: number, ageMs: number): boolean {
    if (this.warmingUp()) return false;
    const live = this.of(environment).filter((router) => this.now() - router.at < liveMs);
    if (live.length === 0) return this.timeEnough(environment, ageMs);
    return live.every((router) => (router.services.get(serviceId)?.appliedVersion ?? 0) >= version);
  }

  /** Whether no router that may be there can still choose what this version does not name. */
  excluded(environment: string, serviceId: string, version: number, ageMs: number): boolean {
    if (this.warmingUp()) return false;
    const known = this.of(environment);
    if (known.length === 0) return this.timeEnough(environment, ageMs);
    return known.every((router) => {
      const own = router.services.get(serviceId);
      // A router that has never heard of the service sends it nothing.
      const applied = own === undefined || own.appliedVersion >= version;
      return applied && this.now() - router.at < liveMs;
    });
  }

  /**
   * As {@link excluded}, for a service that is deleted: nobody is owed an answer of it any more, so a router that went
   * silent, perhaps because it has nothing left to tell, is not waited for.
   */
  released(environment: string, serviceId: string, version: number, ageMs: number): boolean {
    if (this.warmingUp()) return false;
    const live = this.of(environment).filter((router) => this.now() - router.at < liveMs);
    if (live.length === 0) return ageMs >= withoutRouterMs;
    return live.every((router) => (router.services.get(serviceId)?.appliedVersion ?? version) >= version);
  }

  /** Whether a live router waits for an answer of this replica. */
  busy(environment: string, serviceId: string, replicaId: string): boolean {
    const live = this.of(environment).filter((router) => this.now() - router.at < liveMs);
    return live.some((router) => router.services.get(serviceId)?.busy.has(replicaId));
  }

  /** What each router last said of a service's load, also those that have gone silent. */
  loads(environment: string, serviceId: string): RouterLoad[] {
    return [...this.routers]
      .filter(([, router]) => router.environment === environment && this.now() - router.at <= goneMs)
      .map(([id, router]) => ({ id, silentMs: this.now() - router.at, load: router.services.get(serviceId)?.load }));
  }

  /** Highest version that a router says it uses: above ours when our tables are older than the routers. */
  highestApplied(environment: string, serviceId: string): number {
    return Math.max(0, ...this.of(environment).map((router) => router.services.get(serviceId)?.appliedVersion ?? 0));
  }

  private of(environment: string): SeenRouter[] {
    for (const [id, router] of this.routers) if (this.now() - router.at > goneMs) this.routers.delete(id);
    return [...this.routers.values()].filter((router) => router.environment === environment);
  }

  private warmingUp(): boolean {
    return this.listeningSince !== undefined && this.now() - this.listeningSince < warmUpMs;
  }

  /** Routers that cannot be heard still ask for the snapshot by themselves. */
  private timeEnough(environment: string, ageMs: number): boolean {
    const deaf = this.listeningSince === undefined || this.of(environment).length > 0;
    return ageMs >= (deaf ? withoutBusMs : withoutRouterMs);
  }
}
