import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { backoff, type Clock, CLOCK, Log } from '#slipway/platform';
import { type DeployerEnv, ENV } from '../env.js';
import { RouterWatch } from '../routes/router-watch.js';
import { Autoscaler } from './autoscaler.js';
import { ScalingLeader } from './scaling-leader.repository.js';
import { type ScaledRow, ScalingRepository } from './scaling.repository.js';
import { ScalingWriter } from './scaling.writer.js';

/** As often as routers tell their load. */
const lookMs = 250;
/** How old the rows may be that decisions are made from. */
const rowsMs = 1_000;

/** Looks at the load of every autoscaled service that this deployer decides about, for as long as the process lives. */
@Injectable()
export class AutoscaleRunner implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly autoscalers = new Map<string, Autoscaler>();
  private rows: readonly ScaledRow[] = [];
  private readAt = -Infinity;
  private loop: Promise<void> | undefined;
  private readonly log: Log;

  constructor(
    private readonly leader: ScalingLeader,
    private readonly scaling: ScalingRepository,
    private readonly writer: ScalingWriter,
    private readonly routers: RouterWatch,
    @Inject(ENV) private readonly env: DeployerEnv,
    @Inject(CLOCK) private readonly clock: Clock,
    log: Log,
  ) {
    this.log = log.for('autoscaler');
  }

  onApplicationBootstrap(): void {
    this.loop = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      let waitMs = lookMs;
      try {
        await this.look();
        failures = 0;
      } catch (error) {
        waitMs = backoff(failures++, lookMs, 5_000);
        this.readAt = -Infinity;
        this.log.warn('services cannot be scaled', { attempt: failures }, error);
      }
      await this.clock.sleep(waitMs, signal).catch(() => undefined);
    }
  }

  private async look(): Promise<void> {
    if (this.clock.monotonic() - this.readAt >= rowsMs) await this.read();
    for (const row of this.rows) await this.decide(row);
  }

  private async read(): Promise<void> {
    this.rows = await this.scaling.autoscaled(await this.leader.environmentIds());
    this.readAt = this.clock.monotonic();
    const ids = new Set(this.rows.map((row) => row.id));
    for (const id of this.autoscalers.keys()) if (!ids.has(id)) this.autoscalers.delete(id);
  }

  private async decide(row: ScaledRow): Promise<void> {
    const now = this.clock.monotonic();
    const autoscaler = this.autoscaler(row.id, now);
    const { minReplicas: min, maxReplicas: max, targetUtilization: target, refreshPeriodInSeconds } = row.autoScaler;
    const { from, concurrency, rolling } = row;
    const service = {
      from,
      min,
      max,
      target,
      periodMs: refreshPeriodInSeconds * 1_000,
      concurrency,
      room: this.writer.room(row),
      rolling,
    };
    const outcome = autoscaler.look(now, service, this.routers.loads(row.environment, row.id));
    if (!outcome) return;
    const written = await this.writer.write(row, outcome);
    this.readAt = -Infinity;
    if (!written) {
      autoscaler.forgetLast();
      return;
    }
    if (outcome.to !== from) autoscaler.changed(now);
    row.from = outcome.to;
    this.log.info('the autoscaler decided', { service: row.id, reason: `${from} -> ${outcome.to}: ${outcome.reason}` });
  }

  private autoscaler(id: string, now: number): Autoscaler {
    const known = this.autoscalers.get(id) ?? new Autoscaler(this.env.SLIPWAY_SCALE_DOWN_SECONDS * 1_000, now);
    this.autoscalers.set(id, known);
    return known;
  }
}
