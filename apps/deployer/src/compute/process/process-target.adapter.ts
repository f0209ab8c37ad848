import { type ChildProcess, spawn } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import type { Environment, EnvironmentCheck, ImagePin } from '#slipway/contracts';
import { DomainError, failpoint, type Log } from '#slipway/platform';
import type { ComputeTarget, Preparation, ReplicaHandle, ReplicaSighting, ReplicaSpec } from '../compute-target.port.js';
import { confinement } from './confinement.js';
import type { ImagePreparer } from './image-preparer.js';
import type { Interpreters } from './interpreters.js';
import { lastLogLines } from './last-lines.js';
import type { MachineUsers } from './machine-users.js';
import { formatIdentity, identityOf, isRunning, parseIdentity, type ProcessIdentity } from './process-identity.js';
import { ProcessWatch } from './process-watch.js';
import { probeReadiness } from './readiness-probe.js';
import { type Inherited, replicaEnvironment } from './replica-environment.js';
import type { ReplicaFolders } from './replica-folders.js';
import { readReplicaRecord } from './replica-record.js';

const platforms: Partial<Record<string, ImagePin['platform']>> = { x64: 'linux/amd64', arm64: 'linux/arm64' };

/** Replicas as detached processes of this machine, which outlive the deployer. */
export class ProcessTarget implements ComputeTarget {
  private readonly exits = new Map<string, number>();
  private readonly children = new Map<string, ChildProcess>();
  /** Since when a replica that runs has not answered. */
  private readonly silent = new Map<string, number>();
  private readonly watch = new ProcessWatch((serviceId) => this.listener(serviceId));
  private readonly log: Log;
  private listener: (serviceId: string) => void = () => undefined;

  constructor(
    private readonly images: ImagePreparer,
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

  /** The interpreters that a replica can start, newest first. */
  async pythonVersions(): Promise<{ version: string; path: string }[]> {
    const reports = await this.interpreters.versions(this.users.trial);
    return reports.map(({ version, executable }) => ({ version, path: executable }));
  }

  async check(image: ImagePin): Promise<void> {
    const here = platforms[process.arch];
    if (image.platform !== here)
      throw new DomainError(
        'unprocessable',
        `image ${image.name}:${image.version} is for ${image.platform}, this machine is ${here ?? process.arch}; build it for this platform`,
      );
    await this.interpreters.find(image.python, this.users.trial);
  }

  async takenUserIds(): Promise<ReadonlySet<number> | undefined> {
    return this.users.separate ? this.users.taken() : undefined;
  }

  prepare(image: ImagePin, uid: number | undefined, serviceId: string): Preparation {
    return this.images.prepare(image, uid, serviceId, (waiting) => this.listener(waiting));
  }

  async start(spec: ReplicaSpec): Promise<string> {
    const { layout, python } = await this.images.open(spec.image, spec.uid);
    const words = [...(await confinement(spec.uid)), python, ...layout.args];
    const environment = replicaEnvironment(spec, layout, this.folders.paths(spec.replicaId), this.inherited);
    const boot = await this.folders.create(spec);
    try {
      const identity = await this.spawn(spec, words, layout.app, environment, boot);
      await failpoint('deployer.after_spawn');
      return formatIdentity(identity);
    } catch (error) {
      await boot.write(
        `slipway: the replica could not be started: ${error instanceof Error ? error.message : 'unknown cause'}\n`,
      );
      throw error;
    } finally {
      await boot.close();
    }
  }

  private async spawn(
    { replicaId, serviceId, uid }: ReplicaSpec,
    [program, ...words]: string[],
    cwd: string,
    env: Record<string, string>,
    boot: FileHandle,
  ): Promise<ProcessIdentity> {
    const child = spawn(program!, words, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', boot.fd, boot.fd],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
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
    const record = await readReplicaRecord(this.folders.paths(replicaId).recordFile);
    const own = record?.id === replicaId ? record : undefined;
    const identity = parseIdentity(handle.identity) ?? own?.identity;
    const exitCode = this.exits.get(replicaId);
    if (!identity || exitCode !== undefined || !(await isRunning(identity))) {
      this.watch.remove(replicaId);
      return {
        running: false,
        ready: false,
        silentMs: 0,
        identity: handle.identity,
        endpoint: undefined,
        exitCode,
        oom: undefined,
      };
    }
    // Replicas of an earlier deployer send no signal when they end.
    if (!this.children.has(replicaId)) this.watch.add(replicaId, identity, handle.serviceId);
    const endpoint = own?.identity.pid === identity.pid ? { host: '127.0.0.1', port: own.port } : undefined;
    const answer = handle.probe && endpoint ? await this.ask(replicaId, endpoint) : { ready: false, silentMs: 0 };
    return { running: true, ...answer, identity: formatIdentity(identity), endpoint, exitCode, oom: undefined };
  }

  private async ask(
    replicaId: string,
    { host, port }: { host: string; port: number },
  ): Promise<{ ready: boolean; silentMs: number }> {
    const answer = await probeReadiness(host, port, replicaId);
    if (answer === 'ready' || answer === 'not ready') {
      this.silent.delete(replicaId);
      return { ready: answer === 'ready', silentMs: 0 };
    }
    const since = this.silent.get(replicaId) ?? performance.now();
    this.silent.set(replicaId, since);
    // Just now is not nothing: whoever asks will want to look again soon.
    return { ready: false, silentMs: Math.max(1, performance.now() - since) };
  }

  async stop(handle: ReplicaHandle): Promise<void> {
    await this.signal(handle, 'SIGTERM');
  }

  async kill(handle: ReplicaHandle): Promise<void> {
    await this.signal(handle, 'SIGKILL');
  }

  /** SIGTERM to the replica, which tells its workers; SIGKILL to its whole session, so that nothing is left. */
  private async signal({ replicaId, identity }: ReplicaHandle, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const known = parseIdentity(identity) ?? (await readReplicaRecord(this.folders.paths(replicaId).recordFile))?.identity;
    if (!known || !(await isRunning(known))) return;
    if (signal === 'SIGKILL') killGroup(known.pid);
    else quietly(() => process.kill(known.pid, signal));
  }

  async discard(replicaId: string): Promise<void> {
    this.exits.delete(replicaId);
    this.silent.delete(replicaId);
    this.watch.remove(replicaId);
    await this.folders.removeRun(replicaId);
  }

  lastLines(replicaId: string, count: number): Promise<string[]> {
    return lastLogLines(this.folders.logs(replicaId), count);
  }

  list(): Promise<string[]> {
    return this.folders.list('run');
  }

  async preflight(): Promise<EnvironmentCheck[]> {
    const versions = (await this.pythonVersions()).map(({ version }) => version);
    const target: EnvironmentCheck =
      versions.length > 0
        ? {
            part: 'target',
            state: 'ok',
            message: `processes of this machine, isolation ${this.isolation}, Python ${versions.join(', ')}`,
          }
        : {
            part: 'target',
            state: 'failed',
            code: 'python_missing',
            message: 'this machine has no Python that a replica could start',
            next: 'install python3 (3.10 or newer) where every user can start it, or set SLIPWAY_PYTHON',
          };
    return [target, await this.images.preflight()];
  }

  async install(): Promise<void> {
    await this.folders.make();
  }

  async uninstall(): Promise<void> {
    // The folders are the installation's.
  }

  async close(): Promise<void> {
    // Its replicas outlive it, and it holds nothing else.
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
  SIGHUP: 1,
  SIGINT: 2,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};
const signalNumber = (signal: NodeJS.Signals | null): number => (signal && signals[signal]) ?? 0;
