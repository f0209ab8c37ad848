import type { Clock, Log } from '#slipway/platform';
import { KindWatch, type WatchTimes } from './kind-watch.js';
import type { KubeClient } from './kube-client.adapter.js';
import { appliedKinds, type Kind, type KubeObject } from './kube-object.js';
import { toClusterError } from './kube-errors.js';
import { environmentSelector, labels } from './names.js';

/** How long the first list of all kinds is waited for. */
const firstMs = 10_000;

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
    private readonly clock: Clock,
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

  onChange(listener: (serviceId: string) => void): void {
    this.listener = listener;
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /**
   * Resolves when what is known is as the cluster is; begins to watch when it is asked for the first time.
   * @throws DomainError `cluster_unreachable` or `cluster_forbidden` while what is known may be old.
   */
  async known(): Promise<void> {
    const watches = [...this.watches.values()];
    this.running ??= Promise.all(watches.map((watch) => watch.run(this.stopping.signal)));
    await Promise.race([Promise.all(watches.map((watch) => watch.first)), this.clock.sleep(firstMs)]);
    for (const { problem, kind } of watches)
      if (problem !== undefined) throw toClusterError(problem, `list ${kind}s`, this.namespace);
    if (!watches.every((watch) => watch.synced))
      throw toClusterError(new Error(`no answer within ${firstMs} ms`), 'list objects', this.namespace);
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
