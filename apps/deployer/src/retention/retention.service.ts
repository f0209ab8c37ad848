import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type Clock, CLOCK, Log } from '#slipway/platform';
import { ReplicaFolders } from '../compute/process/replica-folders.js';
import { type DeployerEnv, ENV } from '../env.js';
import { type KeptLog, logsToRemove } from './log.retention.js';
import { OrphanSweeper } from './orphan.sweeper.js';
import { RetentionRepository } from './retention.repository.js';

const sweepEveryMs = 10_000;
/** Every so many sweeps the logs are looked at too, without anybody asking for it. */
const sweepsPerLook = 6;
/** Ended replicas whose logs are kept, of one service. */
const maxReplicas = 100;
const dayMs = 24 * 3_600_000;

/** Removes what ended replicas leave behind, when it is no longer kept for anybody. */
@Injectable()
export class RetentionService implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private sweeps = 0;
  private readonly log: Log;

  constructor(
    private readonly ended: RetentionRepository,
    private readonly folders: ReplicaFolders,
    private readonly orphans: OrphanSweeper,
    @Inject(ENV) private readonly env: DeployerEnv,
    @Inject(CLOCK) private readonly clock: Clock,
    log: Log,
  ) {
    this.log = log.for('retention');
  }

  onApplicationBootstrap(): void {
    this.soon();
    this.timer = setInterval(() => this.tick(), sweepEveryMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.again = false;
    await this.running;
  }

  /** Sweeps now, or once more after the sweep that is going on. */
  soon(): void {
    this.again = true;
    this.running ??= this.run().finally(() => (this.running = undefined));
  }

  private tick(): void {
    this.sweeps += 1;
    if (this.sweeps % sweepsPerLook === 0) this.soon();
    else void this.orphans.sweep().catch((error: unknown) => this.log.warn('orphans could not be looked for', {}, error));
  }

  private async run(): Promise<void> {
    while (this.again) {
      this.again = false;
      await this.sweep().catch((error: unknown) => this.log.warn('a sweep failed and is repeated later', {}, error));
    }
  }

  private async sweep(): Promise<void> {
    await this.orphans.sweep();
    await this.ended.forgetDecisions(this.env.SLIPWAY_DECISION_RETENTION_DAYS);
    const kept = await this.kept();
    const limits = {
      maxAgeMs: this.env.SLIPWAY_LOG_RETENTION_DAYS * dayMs,
      maxBytes: this.env.SLIPWAY_LOG_RETENTION_BYTES,
      maxReplicas,
    };
    const now = new Date(this.clock.now());
    const removed = logsToRemove(kept, now, limits);
    const swept: string[] = [];
    for (const id of removed) {
      await this.folders.removeLogs(id);
      const ended = kept.find((log) => log.replicaId === id)!.endedAt;
      // Records that nobody has fetched yet outlive the logs, but not for ever.
      if (await this.folders.removeSpool(id, now.getTime() - ended.getTime() > limits.maxAgeMs)) swept.push(id);
    }
    await this.ended.close(swept);
  }

  private async kept(): Promise<KeptLog[]> {
    const ended = await this.ended.ended();
    return Promise.all(
      ended.map(async ({ id, serviceId, serviceGone, endedAt }) => ({
        replicaId: id,
        serviceId,
        serviceGone,
        endedAt: endedAt ?? new Date(0),
        bytes: await this.folders.logBytes(id),
      })),
    );
  }
}
