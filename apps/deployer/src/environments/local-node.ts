import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Log, Readiness } from '#slipway/platform';
import { type DeployerEnv, ENV } from '../env.js';
import { EnvironmentsRepository } from './environments.repository.js';
import { EnvironmentsService } from './environments.service.js';
import { NODE_ID } from './node-id.js';

const claimEveryMs = 10_000;
/** A node that was silent for this long may have its environment taken over. */
const silentSeconds = 60;

/**
 * Keeps the process environments of this machine bound to this machine, and knows whose services are ours to look after: those
 * of these environments, and those of every shared one, where the leases of the queue decide between deployers.
 */
@Injectable()
export class LocalNode implements OnApplicationBootstrap, OnApplicationShutdown {
  private local: readonly string[] = [];
  private shared: readonly string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly log: Log;

  constructor(
    private readonly environments: EnvironmentsRepository,
    private readonly service: EnvironmentsService,
    private readonly readiness: Readiness,
    @Inject(NODE_ID) private readonly nodeId: string,
    @Inject(ENV) private readonly env: DeployerEnv,
    log: Log,
  ) {
    this.log = log.for('node');
  }

  async onApplicationBootstrap(): Promise<void> {
    this.learnPythons();
    if (this.env.SLIPWAY_LOCAL_ENVIRONMENT) await this.service.ensureLocal(this.nodeId);
    await this.claim();
    this.timer = setInterval(() => void this.claim(), claimEveryMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** The first manifest would have to wait for it otherwise. */
  private learnPythons(): void {
    let known = false;
    this.readiness.add('python', () => (known ? undefined : 'looking for interpreters'));
    const done = (): void => void (known = true);
    this.service.pythonVersions().then(done, (error: unknown) => {
      this.log.warn('the interpreters of this machine are not known yet', {}, error);
      done();
    });
  }

  environmentIds(): readonly string[] {
    return [...this.local, ...this.shared];
  }

  /** Looks at the environments again: now, after one has come or gone, and every few seconds. */
  async claim(): Promise<void> {
    try {
      const claimed = this.env.SLIPWAY_LOCAL_ENVIRONMENT ? await this.environments.claim(this.nodeId, silentSeconds) : [];
      for (const environment of this.local)
        if (!claimed.includes(environment)) this.log.warn('an environment is gone or of another machine now', { environment });
      this.local = claimed;
      this.shared = await this.environments.shared();
    } catch (error) {
      // Without the database nothing can be looked after anyway; what we have stays ours meanwhile.
      this.log.warn('the environments could not be claimed', {}, error);
    }
  }
}
