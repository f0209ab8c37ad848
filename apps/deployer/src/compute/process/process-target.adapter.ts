import { type ChildProcess, spawn } from 'node:child_process';
import type { Environment, ImagePin } from '#slipway/contracts';
import { DistributionError } from '#slipway/oci';
import { failpoint, type Log, toResourceError } from '#slipway/platform';
import type {
  ComputeTarget,
  Preparation,
  ProcessIdentity,
  ReplicaHandle,
  ReplicaSighting,
  ReplicaSpec,
} from '../compute-target.port.js';
import { confinement } from './confinement.js';
import type { Interpreters } from './interpreters.js';
import type { LayerStore } from './layer-store.js';
import { lastLogLines } from './last-lines.js';
import type { MachineUsers } from './machine-users.js';
import { identityOf, isRunning } from './process-identity.js';
import { probeReadiness } from './readiness-probe.js';
import { type Inherited, replicaEnvironment } from './replica-environment.js';
import type { ReplicaFolders } from './replica-folders.js';
import { readReplicaRecord } from './replica-record.js';
import { sealedPython } from './sealed-python.js';

/** How often processes that are no children of ours are looked at. */
const watchMs = 500;
/** After a failed preparation that may pass, the next try waits this long. */
const retryPreparationMs = 2_000;

interface Prepared {
  preparation: Preparation;
  at: number;
  waiting: Set<string>;
}

/** Replicas as detached processes of this machine, which outlive the deployer. */
export class ProcessTarget implements ComputeTarget {
  private readonly images = new Map<string, Prepared>();
  private readonly exits = new Map<string, number>();
  private readonly children = new Map<string, ChildProcess>();
  private readonly watched = new Map<string, { identity: ProcessIdentity; serviceId: string }>();
  private readonly log: Log;
  private listener: (serviceId: string) => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly layers: LayerStore,
    private readonly layersRoot: string,
    private readonly interpreters: Interpreters,
    private readonly folders: ReplicaFolders,
    private readonly users: MachineUsers,
    private readonly inherited: Inherited,
    log: Log,
  ) {
    this.log = log.for('process-target');
  }

  onChange(listener: (serviceId: string) => void): void {
    this.listener = listener;
  }

  get isolation(): Environment['isolation'] {
    return this.users.separate ? 'user' : 'none';
  }

  async pythonVersions(): Promise<{ version: string; path: string }[]> {
    const reports = await this.interpreters.versions(this.users.trial);
    return reports.map(({ version, executable }) => ({ version, path: executable }));
  }

  async check(image: ImagePin): Promise<void> {
    await this.interpreters.find(image.python, this.users.trial);
  }

  async takenUserIds(): Promise<ReadonlySet<number> | undefined> {
    return this.users.separate ? this.users.taken() : undefined;
  }

  prepare(image: ImagePin, uid: number | undefined, serviceId: string): Preparation {
    const key = `${image.digest} ${uid ?? ''}`;
    const known = this.images.get(key);
    const again = known?.preparation.state === 'failed' && performance.now() - known.at > retryPreparationMs;
    if (known && !again) {
      known.waiting.add(serviceId);
      return known.preparation;
    }
    const entry: Prepared = { preparation: { state: 'preparing' }, at: performance.now(), waiting: new Set([serviceId]) };
    this.images.set(key, entry);
    void this.fetch(image, uid).then((preparation) => {
      entry.preparation = preparation;
      entry.at = performance.now();
      for (const waiting of entry.waiting) this.listener(waiting);
      entry.waiting.clear();
    });
    return entry.preparation;
  }

  private async fetch(image: ImagePin, uid: number | undefined): Promise<Preparation> {
    try {
      await sealedPython(this.layersRoot, await this.interpreters.find(image.python, uid));
      await this.layers.open(image);
      return { state: 'ready' };
    } catch (error) {
      this.log.warn('an image could not be prepared', { image: `${image.name}:${image.version}`, digest: image.digest }, error);
      const passing = error instanceof DistributionError && (error.status === 0 || error.status >= 500);
      if (!(error instanceof DistributionError)) return { state: 'failed', error: toResourceError(error), passing };
      const message = `image ${image.name}:${image.version} could not be fetched: ${error.message}`;
      return { state: 'failed', error: { code: 'service_unavailable', message, details: [] }, passing };
    }
  }

  async start(spec: ReplicaSpec): Promise<ProcessIdentity> {
    const { replicaId, uid } = spec;
    const layout = await this.layers.open(spec.image);
    const python = await sealedPython(this.layersRoot, await this.interpreters.find(spec.image.python, uid));
    const paths = {
      logFile: this.folders.logs(replicaId, 'replica.jsonl'),
      recordFile: this.folders.run(replicaId, 'replica.json'),
      collectDir: this.folders.spool(replicaId),
      home: this.folders.run(replicaId, 'home'),
      tmp: this.folders.run(replicaId, 'tmp'),
    };
    const [program, ...words] = [...(await confinement(uid)), python, ...layout.args] as [string, ...string[]];
    const boot = await this.folders.create(spec);
    try {
      const child = spawn(program, words, {
        cwd: layout.app,
        env: replicaEnvironment(spec, layout, paths, this.inherited),
        detached: true,
        stdio: ['ignore', boot.fd, boot.fd],
        ...(uid === undefined ? {} : { uid, gid: uid }),
      });
      const identity = await this.adoptChild(child, spec);
      await failpoint('deployer.after_spawn');
      return identity;
    } catch (error) {
      await boot.write(
        `slipway: the replica could not be started: ${error instanceof Error ? error.message : 'unknown cause'}\n`,
      );
      throw error;
    } finally {
      await boot.close();
    }
  }

  private async adoptChild(child: ChildProcess, { replicaId, serviceId }: ReplicaSpec): Promise<ProcessIdentity> {
    this.children.set(replicaId, child);
    child.once('exit', (code, signal) => {
      this.exits.set(replicaId, code ?? 128 + signalNumber(signal));
      this.children.delete(replicaId);
      // Whatever it had started goes with it.
      if (child.pid !== undefined) killGroup(child.pid);
      this.log.info('a replica ended', { replica: replicaId, service: serviceId, exitCode: code, signal });
      this.listener(serviceId);
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => {
        this.children.delete(replicaId);
        reject(error);
      });
    });
    child.unref();
    const pid = child.pid!;
    // One that has already ended is seen dead by the next look, whatever its start ticks were.
    return (await identityOf(pid)) ?? { pid, startTicks: '0', bootId: '' };
  }

  async observe(handle: ReplicaHandle): Promise<ReplicaSighting> {
    const { replicaId } = handle;
    const record = await readReplicaRecord(this.folders.run(replicaId, 'replica.json'));
    const own = record?.id === replicaId ? record : undefined;
    const identity = handle.identity ?? own?.identity;
    const exitCode = this.exits.get(replicaId);
    if (!identity || exitCode !== undefined || !(await isRunning(identity))) {
      this.watched.delete(replicaId);
      return { running: false, ready: false, identity, endpoint: undefined, exitCode };
    }
    if (!this.children.has(replicaId)) this.watch(replicaId, identity, handle.serviceId);
    const endpoint = own?.identity.pid === identity.pid ? { host: '127.0.0.1', port: own.port } : undefined;
    const ready = handle.probe && endpoint ? (await probeReadiness(endpoint.host, endpoint.port, replicaId)) === 'ready' : false;
    return { running: true, ready, identity, endpoint, exitCode };
  }

  async stop(handle: ReplicaHandle): Promise<void> {
    await this.signal(handle, 'SIGTERM');
  }

  async kill(handle: ReplicaHandle): Promise<void> {
    await this.signal(handle, 'SIGKILL');
  }

  /** SIGTERM to the replica, which tells its workers; SIGKILL to its whole session, so that nothing is left. */
  private async signal({ replicaId, identity }: ReplicaHandle, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const known = identity ?? (await readReplicaRecord(this.folders.run(replicaId, 'replica.json')))?.identity;
    if (!known || !(await isRunning(known))) return;
    if (signal === 'SIGKILL') killGroup(known.pid);
    else quietly(() => process.kill(known.pid, signal));
  }

  async discard(replicaId: string): Promise<void> {
    this.exits.delete(replicaId);
    this.watched.delete(replicaId);
    await this.folders.removeRun(replicaId);
  }

  lastLines(replicaId: string, count: number): Promise<string[]> {
    return lastLogLines(this.folders.logs(replicaId), count);
  }

  /** Replicas of an earlier deployer send no signal when they end. */
  private watch(replicaId: string, identity: ProcessIdentity, serviceId: string): void {
    this.watched.set(replicaId, { identity, serviceId });
    this.timer ??= setInterval(() => void this.look(), watchMs).unref();
  }

  private async look(): Promise<void> {
    for (const [replicaId, { identity, serviceId }] of this.watched) {
      if (await isRunning(identity)) continue;
      this.watched.delete(replicaId);
      this.listener(serviceId);
    }
  }
}

function killGroup(leader: number): void {
  quietly(() => process.kill(-leader, 'SIGKILL'));
}

/** It may have ended by itself. */
function quietly(send: () => void): void {
  try {
    send();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const signals: Partial<Record<NodeJS.Signals, number>> = {
  SIGKILL: 9,
  SIGTERM: 15,
  SIGSEGV: 11,
  SIGABRT: 6,
  SIGINT: 2,
  SIGHUP: 1,
};
const signalNumber = (signal: NodeJS.Signals | null): number => (signal && signals[signal]) ?? 0;
