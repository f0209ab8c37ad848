import type { Environment, EnvironmentCheck, ResourceError } from '#slipway/contracts';
import { DomainError, type Log } from '#slipway/platform';
import type { ComputeTarget, Preparation, ReplicaHandle, ReplicaSighting } from '../compute-target.port.js';
import type { PodSighting, Workload, WorkloadTarget } from '../workload-target.port.js';
import type { ClusterSetup } from './cluster-setup.js';
import type { ClusterConfig } from './cluster-config.js';
import type { ClusterView } from './cluster-view.js';
import type { KubeClient } from './kube-client.adapter.js';
import { toClusterError } from './kube-errors.js';
import { labels } from './names.js';
import { sightingOf } from './pod-state.js';
import { WorkloadApplier } from './workload.applier.js';

const ended: ReplicaSighting = {
  running: false,
  ready: false,
  silentMs: 0,
  identity: undefined,
  endpoint: undefined,
  exitCode: undefined,
  oom: undefined,
};

/** Runs services as Deployments of a cluster, which keeps their Pods by itself. */
export class KubernetesTarget implements ComputeTarget, WorkloadTarget {
  readonly isolation: Environment['isolation'] = 'container';
  readonly workloads: WorkloadTarget = this;
  private readonly applier: WorkloadApplier;
  private listener: (serviceId: string) => void = () => undefined;

  constructor(
    private readonly client: KubeClient,
    private readonly view: ClusterView,
    private readonly config: ClusterConfig,
    private readonly setup: ClusterSetup,
    log: Log,
  ) {
    this.applier = new WorkloadApplier(client, view, config, log);
    view.onChange((serviceId) => this.listener(serviceId));
  }

  preflight(): Promise<EnvironmentCheck[]> {
    return this.setup.preflight();
  }

  install(): Promise<void> {
    return this.setup.install();
  }

  uninstall(): Promise<void> {
    return this.setup.uninstall();
  }

  /** Interpreters are in the image. */
  async check(): Promise<void> {}

  async takenUserIds(): Promise<undefined> {
    return undefined;
  }

  /** Nodes fetch images themselves. */
  prepare(): Preparation {
    return { state: 'ready' };
  }

  async start(): Promise<string> {
    throw new DomainError('not_supported', 'a cluster starts its replicas by itself');
  }

  async observe({ replicaId }: ReplicaHandle): Promise<ReplicaSighting> {
    const pod = this.view.pod(replicaId);
    return pod ? sightingOf(pod, labels.revision) : ended;
  }

  /** Fewer replicas are asked for instead. */
  async stop(): Promise<void> {}

  async kill({ replicaId }: ReplicaHandle): Promise<void> {
    const pod = this.view.pod(replicaId);
    if (!pod) return;
    const { name, namespace = '' } = pod.metadata;
    await this.client.remove(pod).catch((error: unknown) => {
      throw toClusterError(error, `delete Pod ${name}`, namespace);
    });
  }

  async discard(): Promise<void> {}

  /** Of the container that ended last, when the present one has written nothing yet. */
  async lastLines(replicaId: string, count: number): Promise<string[]> {
    const pod = this.view.pod(replicaId);
    if (!pod) return [];
    const restarted = sightingOf(pod, labels.revision).restarts > 0;
    const read = (previous: boolean): Promise<string> =>
      this.client
        .logs(this.config.namespace, pod.metadata.name, { tailLines: String(count), previous: String(previous) })
        .catch(() => '');
    const text = (await read(false)) || (restarted ? await read(true) : '');
    return text.split('\n').filter((line) => line !== '');
  }

  /** Single Pods belong to Deployments; what belongs to no service is found by {@link services}. */
  async list(): Promise<string[]> {
    return [];
  }

  onChange(listener: (serviceId: string) => void): void {
    this.listener = listener;
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.view.close();
  }

  async pods(serviceId: string): Promise<PodSighting[]> {
    await this.view.known();
    return this.view.of(serviceId, 'Pod').map((pod) => sightingOf(pod, labels.revision));
  }

  shortfall(serviceId: string, revisionId: string): ResourceError | undefined {
    for (const deployment of this.view.of(serviceId, 'Deployment')) {
      if (deployment.metadata.labels?.[labels.revision] !== revisionId) continue;
      const { conditions = [] } = (deployment['status'] ?? {}) as {
        conditions?: { type: string; status: string; message?: string }[];
      };
      const failed = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
      if (!failed) continue;
      const message = failed.message ?? 'the cluster refuses to make the replicas';
      return { code: /exceeded quota/.test(message) ? 'quota_exceeded' : 'rollout_failed', message, details: [] };
    }
    return undefined;
  }

  apply(workload: Workload): Promise<boolean> {
    return this.applier.apply(workload);
  }

  remove(serviceId: string): Promise<boolean> {
    return this.applier.remove(serviceId);
  }

  async services(): Promise<string[]> {
    await this.view.known();
    return [...this.view.services()];
  }
}
