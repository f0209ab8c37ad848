import { backoff, type Clock, type Log } from '#slipway/platform';
import type { KubeClient } from './kube-client.adapter.js';
import { KubeRefusal } from './kube-errors.js';
import type { Kind, KubeObject } from './kube-object.js';

export interface WatchTimes {
  /** The whole list is read again at least this often. */
  resyncMs: number;
  /** A watch that sends not even a bookmark for this long is taken for dead. */
  silenceMs: number;
  /** Between two calls of the same watch at least, and at most while the cluster does not answer. */
  againMs: number;
  longestMs: number;
}

/** Bookmarks come about once a minute; a dead connection is noticed sooner than that by asking anew. */
export const watchTimes: WatchTimes = { resyncMs: 420_000, silenceMs: 50_000, againMs: 1_000, longestMs: 15_000 };

/** Objects of one kind, kept up to date for as long as {@link run} runs: list, watch, and from the start when in doubt. */
export class KindWatch {
  private readonly objects = new Map<string, KubeObject>();
  private readonly log: Log;
  /** Why the cluster could not be asked; undefined while it answers. */
  problem: unknown;
  synced = false;
  /** Resolves when the cluster was asked for the first time, whatever it said. */
  readonly first: Promise<void>;
  private asked: () => void = () => undefined;

  constructor(
    readonly kind: Kind,
    private readonly client: KubeClient,
    private readonly scope: { namespace: string; labelSelector: string },
    private readonly times: WatchTimes,
    private readonly clock: Clock,
    private readonly changed: (object: KubeObject) => void,
    log: Log,
  ) {
    this.log = log.for('kube-watch');
    this.first = new Promise((resolve) => (this.asked = resolve));
  }

  all(): Iterable<KubeObject> {
    return this.objects.values();
  }

  get(name: string): KubeObject | undefined {
    return this.objects.get(name);
  }

  /** What a write was answered with: known at once instead of when its event comes. */
  put(object: KubeObject): void {
    const known = this.objects.get(object.metadata.name)?.metadata;
    // The event of an earlier change may come after the answer to a later one.
    const older = Number(object.metadata.resourceVersion) < Number(known?.resourceVersion);
    if (known?.uid === object.metadata.uid && older) return;
    this.objects.set(object.metadata.name, trimmed(object));
  }

  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      let wait = this.times.againMs;
      try {
        const version = await this.relist();
        failures = 0;
        await this.follow(version, signal);
      } catch (error) {
        if (signal.aborted) return;
        const expired = error instanceof KubeRefusal && error.status === 410;
        if (!expired) {
          this.failed(error, failures);
          wait = Math.max(backoff(failures++, this.times.againMs, this.times.longestMs), retryAfter(error));
        }
      }
      await this.clock.sleep(wait * (1 + Math.random() / 4), signal).catch(() => undefined);
    }
  }

  private failed(error: unknown, failures: number): void {
    if (this.problem === undefined) this.log.warn('a cluster cannot be watched', { name: this.kind, attempt: failures }, error);
    const first = this.problem === undefined;
    this.problem = error;
    this.asked();
    if (first) for (const object of this.objects.values()) this.changed(object);
  }

  private answered(): void {
    const away = this.problem !== undefined;
    this.problem = undefined;
    if (!away) return;
    this.log.info('a cluster can be watched again', { name: this.kind });
    for (const object of this.objects.values()) this.changed(object);
  }

  private async relist(): Promise<string> {
    const { items, version } = await this.client.list(this.kind, this.scope.namespace, this.scope.labelSelector);
    const names = new Set(items.map((item) => item.metadata.name));
    const gone = [...this.objects.values()].filter((object) => !names.has(object.metadata.name));
    for (const object of gone) this.objects.delete(object.metadata.name);
    const news = items.filter((item) => {
      const known = this.objects.get(item.metadata.name);
      return known?.metadata.uid !== item.metadata.uid || known?.metadata.resourceVersion !== item.metadata.resourceVersion;
    });
    for (const item of items) this.put(item);
    this.synced = true;
    this.asked();
    this.answered();
    for (const object of [...gone, ...news]) this.changed(object);
    return version;
  }

  /** Watches from a version on, again from where the last one ended, until the next list is due. */
  private async follow(from: string, signal: AbortSignal): Promise<void> {
    let version = from;
    const until = this.clock.monotonic() + this.times.resyncMs * (0.75 + Math.random() / 2);
    for (let failures = 0; this.clock.monotonic() < until && !signal.aborted;) {
      const left = Math.max(1, Math.ceil((until - this.clock.monotonic()) / 1_000));
      const query = { labelSelector: this.scope.labelSelector, resourceVersion: version, timeoutSeconds: String(left) };
      let wait = this.times.againMs;
      try {
        const { namespace } = this.scope;
        for await (const events of this.client.watch(this.kind, namespace, query, this.times.silenceMs, signal)) {
          failures = 0;
          this.answered();
          for (const { type, object } of events) version = this.take(type, object);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof KubeRefusal && error.status === 410) throw error;
        // A connection that broke says nothing yet; one that cannot be made does.
        if (failures > 0 || error instanceof KubeRefusal) this.failed(error, failures);
        wait = Math.max(backoff(failures++, this.times.againMs, this.times.longestMs), retryAfter(error));
      }
      await this.clock.sleep(wait * (1 + Math.random() / 4), signal).catch(() => undefined);
    }
  }

  /** Returns the version to go on from. @throws KubeRefusal for an event that says that the version is too old. */
  private take(type: string, object: KubeObject): string {
    if (type === 'ERROR') {
      const { code = 500, reason = '', message = '' } = object as { code?: number; reason?: string; message?: string };
      throw new KubeRefusal(code, reason, message);
    }
    if (type === 'BOOKMARK') return object.metadata.resourceVersion!;
    if (type === 'DELETED') this.objects.delete(object.metadata.name);
    else this.put(object);
    this.changed(object);
    return object.metadata.resourceVersion!;
  }
}

const retryAfter = (error: unknown): number => (error instanceof KubeRefusal ? (error.retryAfterMs ?? 0) : 0);

/** What is never looked at is not kept, least of all what is secret. */
function trimmed(object: KubeObject): KubeObject {
  const { data: _data, ...rest } = object;
  const { managedFields: _managed, ...metadata } = rest.metadata as KubeObject['metadata'] & { managedFields?: unknown };
  return { ...rest, metadata } as KubeObject;
}
