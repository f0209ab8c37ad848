import { LoadSample, type RouteRecord } from '#slipway/contracts';
import type { Stage } from './fixture.js';

const sampleMs = 100;

/** What the deployer sees of a router, and what a caller does: applies routes, tells its load, sends requests to replicas. */
export class FakeRouter {
  readonly routes = new Map<string, RouteRecord>();
  private readonly busy = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private polling = false;
  /** Requests that wait, by service. */
  readonly waiting = new Map<string, number>();
  /** When false it goes on with the routes that it has. */
  applying = true;
  /** When false nobody hears of it. */
  telling = true;

  constructor(
    private readonly stage: Stage,
    private readonly url: () => string,
    readonly id = 'router-1',
    private readonly environment = 'local',
  ) {}

  start(): this {
    this.timer = setInterval(() => void this.tick(), sampleMs);
    return this;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  route(name: string): RouteRecord | undefined {
    return [...this.routes.values()].find((route) => route.name === name && !route.deleted);
  }

  /** Sends one request to a replica, as a caller's; throws when it fails in any way. */
  async send(name: string, body = 'x'): Promise<{ version: string; pid: number; uid: number }> {
    const endpoints = this.route(name)?.revisions[0]?.endpoints ?? [];
    const endpoint = endpoints[Math.floor(Math.random() * endpoints.length)];
    if (!endpoint) throw new Error(`no replica of ${name}`);
    this.busy.set(endpoint.replica, (this.busy.get(endpoint.replica) ?? 0) + 1);
    try {
      const answer = await fetch(`http://${endpoint.host}:${endpoint.port}/score`, {
        method: 'POST',
        body,
        headers: { connection: 'close' },
      });
      if (answer.status !== 200) throw new Error(`status ${answer.status}`);
      return (await answer.json()) as { version: string; pid: number; uid: number };
    } finally {
      const left = this.busy.get(endpoint.replica)! - 1;
      if (left > 0) this.busy.set(endpoint.replica, left);
      else this.busy.delete(endpoint.replica);
    }
  }

  private async tick(): Promise<void> {
    if (this.telling) this.tell();
    if (!this.applying || this.polling) return;
    this.polling = true;
    const routes = await this.stage.snapshot(this.url(), this.environment).catch(() => []);
    this.polling = false;
    if (!this.applying) return;
    for (const route of routes) {
      if (route.version > (this.routes.get(route.serviceId)?.version ?? 0)) this.routes.set(route.serviceId, route);
    }
  }

  private tell(): void {
    const services = [...this.routes.values()].map((route) => ({
      id: route.serviceId,
      appliedVersion: route.version,
      busy: this.busy.size,
      queued: this.waiting.get(route.name) ?? 0,
      revisions: [],
      refused: 0,
      busyReplicas: [...this.busy.keys()],
    }));
    this.stage.sample(LoadSample.parse({ routerId: this.id, epoch: 'e1', environment: this.environment, services }));
  }
}
