import { RouteSnapshot } from '#slipway/contracts';
import type { Log } from '#slipway/platform';
import type { RoutesService } from './routes.service.js';

const limitMs = 5_000;
/** Until the first answer the router may have nothing to serve, so it asks more often. */
const firstPeriodMs = 1_000;

export interface SnapshotSource {
  /** Address of the deployer's internal listener. */
  deployerUrl: string;
  authorization: string;
  environment: string | undefined;
  periodMs: number;
}

/** Asks the deployer for all routes every few seconds: works without NATS, and finds what a push has lost. */
export class SnapshotPoll {
  private etag: string | undefined;
  private answered = false;
  private failed = false;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly source: SnapshotSource,
    private readonly routes: RoutesService,
    private readonly log: Log,
  ) {}

  start(): void {
    void this.tick();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async tick(): Promise<void> {
    try {
      await this.poll();
      if (this.failed) this.log.info('the deployer answers again');
      this.failed = false;
    } catch (error) {
      if (!this.failed) this.log.warn('the deployer gives no snapshot of the routes; serving what is known', {}, error);
      this.failed = true;
    }
    if (this.stopped) return;
    const period = this.answered ? this.source.periodMs : Math.min(firstPeriodMs, this.source.periodMs);
    this.timer = setTimeout(() => void this.tick(), period * (0.9 + Math.random() * 0.2)).unref();
  }

  private async poll(): Promise<void> {
    const url = new URL('/internal/snapshot', this.source.deployerUrl);
    if (this.source.environment) url.searchParams.set('environment', this.source.environment);
    const response = await fetch(url, {
      headers: { authorization: this.source.authorization, ...(this.etag ? { 'if-none-match': this.etag } : {}) },
      redirect: 'error',
      signal: AbortSignal.timeout(limitMs),
    });
    if (response.status === 304) {
      await response.body?.cancel();
      return;
    }
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`the deployer answered ${response.status}`);
    }
    const { routes } = RouteSnapshot.parse(await response.json());
    this.routes.applyAll(routes, 'snapshot');
    this.etag = response.headers.get('etag') ?? undefined;
    this.answered = true;
  }
}
