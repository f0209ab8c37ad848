import type { Clock, Log } from '#slipway/platform';
import { KindWatch, type WatchTimes } from './kind-watch.js';
import type { KubeClient } from './kube-client.adapter.js';
import { appliedKinds, type Kind, type KubeObject } from './kube-object.js';
import { toClusterError } from './kube-errors.js';
import { environmentSelector, labels } from './names.js';

/** All objects of one environment as the cluster last told them. Whoever reads them decides anew at each look. */
export class ClusterView {
  private readonly stopping = new AbortController();
  private readonly watches = new Map<Kind, KindWatch>();
  private running: Promise<unknown> | undefined;
  private listener: (serviceId: string) => void = () => undefined;

  constructor(
    client: KubeClient,
    private readonly namespace: string,
    environmentId: string,
    times: WatchTimes,
    clock: Clock,
    log: Log,
  ) {
    const scope = { namespace, labelSelector: environmentSelector(environmentId) };
    // What happened is not told, only whose it is: a service's id.
    const changed = (object: KubeObject): void => {
      const serviceId = object.metadata.labels?.[labels.service];
      if (serviceId !== undefined) this.listener(serviceId);
    };
    for (const kind of [...appliedKinds, 'Pod'] as const)
      this.watches.set(kind, new KindWatch(kind, client, scope, times, clock, changed, log));
  }

  start(listener: (serviceId: string) => void): void {
    this.listener = listener;
    this.running = Promise.all([...this.watches.values()].map((watch) => watch.run(this.stopping.signal)));
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** @throws DomainError `cluster_unreachable` or `cluster_forbidden` while what is known may be old. */
  check(): void {
    for (const watch of this.watches.values())
      if (watch.problem !== undefined) throw toClusterError(watch.problem, `list ${watch.kind}s`, this.namespace);
    if (!this.synced) throw toClusterError(new Error('not asked yet'), 'list objects', this.namespace);
  }

  get synced(): boolean {
    return [...this.watches.values()].every((watch) => watch.synced);
  }

  of(serviceId: string, kind: Kind): KubeObject[] {
    return [...this.watches.get(kind)!.all()].filter((object) => object.metadata.labels?.[labels.service] === serviceId);
  }

  get(kind: Kind, name: string): KubeObject | undefined {
    return this.watches.get(kind)!.get(name);
  }

  pod(uid: string): KubeObject | undefined {
    for (const pod of this.watches.get('Pod')!.all()) if (pod.metadata.uid === uid) return pod;
    return undefined;
  }

  put(object: KubeObject): void {
    this.watches.get(object.kind as Kind)?.put(object);
  }

  /** Services of which anything is there. */
  services(): Set<string> {
    const all = [...this.watches.values()].flatMap((watch) => [...watch.all()]);
    return new Set(all.flatMap((object) => object.metadata.labels?.[labels.service] ?? []));
  }
}
