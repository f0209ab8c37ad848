import type { EnvironmentCheck, ImagePin } from '#slipway/contracts';
import { DomainError, type Log } from '#slipway/platform';
import type { ComputeTarget, Preparation, ReplicaHandle, ReplicaSighting, ReplicaSpec } from '../compute-target.port.js';
import { describePreparation, isPassing } from '../process/image-preparer.js';
import { lastLogLines } from '../process/last-lines.js';
import { probeReadiness } from '../process/readiness-probe.js';
import type { ReplicaFolders } from '../process/replica-folders.js';
import { ContainerLogs } from './container-log.js';
import { buildContainer, containerName, containerPort, labels } from './container.manifest.js';
import type { DockerEngine, EngineAnswer } from './docker-engine.adapter.js';
import type { ImageLoader } from './image-loader.js';

const retryMs = 2_000;
const eventsAgainMs = 1_000;
/** A connection for events that says nothing for this long is made anew: it may be half open. */
const eventsMs = 60_000;

interface Inspected {
  Id: string;
  State: { Running: boolean; ExitCode: number; OOMKilled: boolean; Status: string };
  HostConfig: { Memory: number };
  NetworkSettings: { Ports: Record<string, { HostPort: string }[] | null> };
}

/** Replicas as containers of a Docker Engine of this machine, one each, known by their labels. */
export class DockerTarget implements ComputeTarget {
  readonly isolation = 'container';
  private readonly images = new Map<string, { preparation: Preparation; at: number; waiting: Set<string> }>();
  private readonly silent = new Map<string, number>();
  private readonly closing = new AbortController();
  private readonly logs: ContainerLogs;
  private readonly log: Log;
  private listener: (serviceId: string) => void = () => undefined;

  constructor(
    private readonly engine: DockerEngine,
    private readonly loader: ImageLoader,
    private readonly folders: ReplicaFolders,
    private readonly environmentId: string,
    log: Log,
  ) {
    this.log = log.for('docker-target');
    this.logs = new ContainerLogs(engine, folders, this.closing.signal);
  }

  onChange(listener: (serviceId: string) => void): void {
    this.listener = listener;
    void this.watch();
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  async preflight(): Promise<EnvironmentCheck[]> {
    try {
      const { Version, Arch } = await this.version();
      return [{ part: 'target', state: 'ok', message: `Docker Engine ${Version} for ${Arch} answers` }];
    } catch (error) {
      const message = error instanceof Error ? error.message : 'the Docker Engine does not answer';
      return [
        { part: 'target', state: 'failed', code: 'service_unavailable', message, next: 'start the engine, then try again' },
      ];
    }
  }

  async install(): Promise<void> {
    await this.version();
  }

  async uninstall(): Promise<void> {
    for (const id of await this.list()) await this.discard(id);
  }

  async check(image: ImagePin): Promise<void> {
    const { Arch } = await this.version();
    if (image.platform !== `linux/${Arch}`)
      throw new DomainError(
        'unprocessable',
        `image ${image.name}:${image.version} is for ${image.platform}, the Docker Engine runs linux/${Arch}; build it for that platform`,
      );
  }

  async takenUserIds(): Promise<undefined> {
    return undefined;
  }

  prepare(image: ImagePin, _uid: number | undefined, serviceId: string): Preparation {
    const known = this.images.get(image.digest);
    if (known && !(known.preparation.state === 'failed' && performance.now() - known.at > retryMs)) {
      known.waiting.add(serviceId);
      return known.preparation;
    }
    const entry = { preparation: { state: 'preparing' } as Preparation, at: performance.now(), waiting: new Set([serviceId]) };
    this.images.set(image.digest, entry);
    void this.load(image).then((preparation) => {
      Object.assign(entry, { preparation, at: performance.now() });
      for (const waiting of entry.waiting) this.listener(waiting);
      entry.waiting.clear();
    });
    return entry.preparation;
  }

  private async load(image: ImagePin): Promise<Preparation> {
    try {
      await this.loader.ensure(image);
      return { state: 'ready' };
    } catch (error) {
      this.log.warn('an image could not be prepared', { image: `${image.name}:${image.version}`, digest: image.digest }, error);
      const away = error instanceof DomainError && error.code === 'service_unavailable';
      return { state: 'failed', error: describePreparation(image, error), passing: away || isPassing(error) };
    }
  }

  async start(spec: ReplicaSpec): Promise<string> {
    if (Object.keys(spec.secretFiles).length > 0)
      throw new DomainError('not_supported', 'secrets as files are not there in Docker environments; give them as variables');
    const name = containerName(spec.replicaId);
    const wanted = buildContainer(spec, this.environmentId, await this.loader.ensure(spec.image));
    const created = await this.engine.call('POST', `/containers/create?name=${name}`, wanted);
    // Conflict: an earlier try has made it already.
    if (created.status !== 201 && created.status !== 409) throw refusal('make a container', created);
    const started = await this.engine.call('POST', `/containers/${name}/start`);
    if (started.status !== 204 && started.status !== 304) throw refusal('start a container', started);
    const { Id } = (await this.inspect(spec.replicaId))!;
    this.logs.follow(spec.replicaId, Id);
    return Id;
  }

  async observe({ replicaId, probe }: ReplicaHandle): Promise<ReplicaSighting> {
    const found = await this.inspect(replicaId);
    const none = { running: false, ready: false, silentMs: 0, endpoint: undefined, exitCode: undefined, oom: undefined };
    if (!found) return { ...none, identity: undefined };
    const { Id: identity, State } = found;
    if (State.Status !== 'created') this.logs.follow(replicaId, identity);
    if (!State.Running) {
      await this.logs.finish(replicaId);
      const oom = State.OOMKilled ? { limitBytes: found.HostConfig.Memory, peakBytes: undefined } : undefined;
      return { ...none, identity, exitCode: State.ExitCode, oom };
    }
    const port = Number(found.NetworkSettings.Ports[containerPort]?.[0]?.HostPort);
    const endpoint = port > 0 ? { host: '127.0.0.1', port } : undefined;
    const answer = probe && endpoint ? await this.ask(replicaId, endpoint) : { ready: false, silentMs: 0 };
    return { ...none, ...answer, running: true, identity, endpoint };
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
    return { ready: false, silentMs: Math.max(1, performance.now() - since) };
  }

  stop({ replicaId }: ReplicaHandle): Promise<void> {
    return this.signal(replicaId, 'SIGTERM');
  }

  kill({ replicaId }: ReplicaHandle): Promise<void> {
    return this.signal(replicaId, 'SIGKILL');
  }

  /** Conflict: it has ended by itself. */
  private async signal(replicaId: string, signal: string): Promise<void> {
    const answer = await this.engine.call('POST', `/containers/${containerName(replicaId)}/kill?signal=${signal}`);
    if (![204, 404, 409].includes(answer.status)) throw refusal(`send ${signal} to a container`, answer);
  }

  async discard(replicaId: string): Promise<void> {
    const answer = await this.engine.call('DELETE', `/containers/${containerName(replicaId)}?force=1&v=1`);
    if (![204, 404, 409].includes(answer.status)) throw refusal('remove a container', answer);
    await this.logs.finish(replicaId);
    this.logs.forget(replicaId);
    this.silent.delete(replicaId);
  }

  lastLines(replicaId: string, count: number): Promise<string[]> {
    return lastLogLines(this.folders.logs(replicaId), count);
  }

  async list(): Promise<string[]> {
    const answer = await this.engine.call('GET', `/containers/json?all=1&filters=${this.filters({})}`);
    if (answer.status !== 200) throw refusal('list containers', answer);
    const found = JSON.parse(answer.body.toString()) as { Labels: Record<string, string> }[];
    return found.flatMap(({ Labels }) => Labels[labels.replica] ?? []);
  }

  /** Ends of containers as they happen; what is missed between two connections is found by the regular look. */
  private async watch(): Promise<void> {
    const path = `/events?filters=${this.filters({ type: ['container'], event: ['die', 'oom'] })}`;
    while (!this.closing.signal.aborted) {
      try {
        const signal = AbortSignal.any([this.closing.signal, AbortSignal.timeout(eventsMs)]);
        let rest = '';
        for await (const part of await this.engine.open('GET', path, undefined, signal)) {
          const lines = `${rest}${String(part)}`.split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) this.tell(line);
        }
      } catch {
        // Silent for too long, or the engine is away: begin again.
      }
      await new Promise((resolve) => setTimeout(resolve, eventsAgainMs).unref());
    }
  }

  private tell(line: string): void {
    const { Actor } = JSON.parse(line) as { Actor?: { Attributes?: Record<string, string> } };
    const serviceId = Actor?.Attributes?.[labels.service];
    if (serviceId !== undefined) this.listener(serviceId);
  }

  private filters(more: Record<string, string[]>): string {
    return encodeURIComponent(JSON.stringify({ ...more, label: [`${labels.environment}=${this.environmentId}`] }));
  }

  private async inspect(replicaId: string): Promise<Inspected | undefined> {
    const answer = await this.engine.call('GET', `/containers/${containerName(replicaId)}/json`);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusal('look at a container', answer);
    return JSON.parse(answer.body.toString()) as Inspected;
  }

  private async version(): Promise<{ Version: string; Arch: string }> {
    const answer = await this.engine.call('GET', '/version', undefined, 5_000);
    if (answer.status !== 200) throw refusal('say its version', answer);
    return JSON.parse(answer.body.toString()) as { Version: string; Arch: string };
  }
}

function refusal(what: string, { status, body }: EngineAnswer): DomainError {
  const words = body.toString('utf8', 0, 500).trim();
  return new DomainError('service_unavailable', `the Docker Engine did not ${what} (status ${status}): ${words}`);
}
