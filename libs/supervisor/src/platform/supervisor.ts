import { SetupError } from '../errors.js';
import type { HomeLock } from '../home/lock.js';
import { createCluster } from '../postgres/server.js';
import { findPostgres } from '../postgres/binaries.js';
import { readText } from '../files.js';
import { adminUser, secretsOf } from '../home/secrets.js';
import { identify } from '../processes/identity.js';
import { Part, type PartSpec } from '../parts/part.js';
import { readRecord, removeSupervisorRecord, type SupervisorRecord, writeSupervisorRecord } from '../parts/record.js';
import { stopReplicas } from '../parts/replicas.js';
import { appSpec, appStages, type Installation, natsSpec, postgresSpec, publicUrl, routerUrl } from '../parts/specs.js';
import { embeddedBus, prepareBus, writeNatsConfig } from './bus.js';
import { prepareDatabase } from './database.js';
import { replicasAfterStage, stopStages } from './leftovers.js';
import { keepRotating } from './log-rotation.js';

type Tell = (part: string, message: string) => void;

/** User whose entry in /etc/passwd `initdb` asks for under root. */
const nobody = { uid: 65_534, gid: 65_534 };

/** Keeps all parts of one installation running. The caller holds the home's lock and hands it over. */
export class Supervisor {
  private readonly parts = new Map<string, Part>();
  private readonly stopRotation: () => void;
  private stopped: Promise<void> | undefined;
  private readonly ending = Promise.withResolvers<void>();

  constructor(
    private readonly installation: Installation,
    private readonly lock: HomeLock,
    private readonly tell: Tell,
  ) {
    this.record('starting');
    this.stopRotation = keepRotating(installation.layout.logs, () => tell('slipway', 'a log could not be rotated'));
  }

  /** @throws SetupError naming the part that does not start; what had started is then still running. */
  async start(): Promise<void> {
    await Promise.all([this.startPostgres(), this.startNats()]);
    for (const stage of appStages) await Promise.all(stage.map((app) => this.run(appSpec(this.installation, app))));
    this.record('ready');
  }

  /** Database and bus only, brought to this build's state. */
  async migrate(): Promise<string[]> {
    const [migrated] = await Promise.all([this.startPostgres(true), this.startNats()]);
    return migrated;
  }

  /** Resolves when everything has ended, rejects when a part would not end. */
  get whenStopped(): Promise<void> {
    return this.ending.promise;
  }

  /** Ends all parts and replicas in order; a second call waits for the first. */
  stop(): Promise<void> {
    return this.end(true);
  }

  /** Ends the parts that this object started; replicas and a router of an earlier start go on. */
  stopOwn(): Promise<void> {
    return this.end(false);
  }

  private end(withReplicas: boolean): Promise<void> {
    if (!this.stopped) {
      this.stopped = this.stopAll(withReplicas);
      this.stopped.then(this.ending.resolve, this.ending.reject);
      // Whoever waits for the end hears of a failure; nobody has to.
      this.ending.promise.catch(() => undefined);
    }
    return this.stopped;
  }

  private async startPostgres(always = false): Promise<string[]> {
    const { installation, tell } = this;
    const { layout, postgresUser } = installation;
    const server = {
      binaries: findPostgres(postgresUser, layout.bin),
      dataDir: layout.pg,
      password: readText(secretsOf(layout).databasePassword(adminUser))?.trim() ?? '',
      runAs: postgresUser,
      initAs: postgresUser && nobody,
    };
    createCluster(server);
    await this.run(postgresSpec(installation, server));
    this.checkNotStopping();
    return prepareDatabase(installation, always, tell);
  }

  private async startNats(): Promise<void> {
    const changed = await writeNatsConfig(this.installation);
    const start = await this.run(natsSpec(this.installation));
    const running = readRecord(this.installation.layout, 'nats');
    if (changed && running && start === 'adopted') process.kill(running.pid, 'SIGHUP');
    this.checkNotStopping();
    await prepareBus(embeddedBus(this.installation));
  }

  private async run(spec: PartSpec): Promise<'adopted' | 'started'> {
    this.checkNotStopping();
    const part = new Part(spec, this.installation.layout, this.tell);
    this.parts.set(spec.name, part);
    if (await part.adopt()) return 'adopted';
    const start = performance.now();
    await part.start();
    this.checkNotStopping();
    this.tell(spec.name, `is ready after ${((performance.now() - start) / 1_000).toFixed(1)} s`);
    return 'started';
  }

  private checkNotStopping(): void {
    if (this.stopped) throw new SetupError('interrupted', 'the start was interrupted; everything is stopped again');
  }

  private async stopAll(withReplicas: boolean): Promise<void> {
    this.record('stopping');
    this.stopRotation();
    const failures: unknown[] = [];
    for (const [index, stage] of stopStages.entries()) {
      const ends = await Promise.allSettled(stage.map(async (name) => this.parts.get(name)?.stop()));
      failures.push(...ends.filter((end) => end.status === 'rejected').map((end) => end.reason as unknown));
      if (withReplicas && index === replicasAfterStage) await stopReplicas(this.installation.layout);
    }
    removeSupervisorRecord(this.installation.layout);
    await this.lock.release();
    if (failures.length > 0) throw failures[0];
  }

  private record(state: SupervisorRecord['state']): void {
    const { installation } = this;
    const identity = identify(process.pid);
    if (!identity) return;
    const urls = { url: publicUrl(installation), routerUrl: routerUrl(installation) };
    writeSupervisorRecord(installation.layout, { ...identity, state, ...urls });
  }
}
