import { failpoint, type Log } from '#slipway/platform';
import type { ClusterConfig } from './cluster-config.js';
import type { ClusterView } from './cluster-view.js';
import { buildDeployment, portOf } from './deployment.manifest.js';
import { driftOf, withHash } from './drift.js';
import type { KubeClient } from './kube-client.adapter.js';
import { fieldConflicts, KubeRefusal, toClusterError } from './kube-errors.js';
import { appliedKinds, type Kind, type KubeObject } from './kube-object.js';
import { deletionCost, hashAnnotation } from './names.js';
import {
  buildDisruptionBudget,
  buildFilesSecret,
  buildNetworkPolicy,
  buildSecret,
  buildService,
  buildServiceAccount,
} from './service-objects.manifest.js';
import type { Workload } from '../workload-target.port.js';

/** The cost of a Pod that shall go; others have none, which counts as 0. */
const leavingCost = '-1000';

/** Brings the objects of one service to what its workload says, and writes nothing when they are so. */
export class WorkloadApplier {
  private readonly log: Log;

  constructor(
    private readonly client: KubeClient,
    private readonly view: ClusterView,
    private readonly config: ClusterConfig,
    log: Log,
  ) {
    this.log = log.for('kube-applier');
  }

  /** Returns whether everything is as it shall be; what is being deleted is waited for. @throws DomainError */
  async apply(workload: Workload): Promise<boolean> {
    const manifests = this.manifestsOf(workload);
    let settled = true;
    // Whoever is to go must be marked before there are to be fewer.
    for (const id of workload.leaving) await this.markLeaving(id);
    for (const manifest of manifests) settled = (await this.applyOne(manifest)) && settled;
    return (await this.prune(workload.serviceId, manifests)) && settled;
  }

  /** Returns whether nothing of the service is left. @throws DomainError */
  remove(serviceId: string): Promise<boolean> {
    return this.prune(serviceId, []);
  }

  private manifestsOf(workload: Workload): KubeObject[] {
    const { config } = this;
    const [first] = workload.revisions;
    if (!first) return [];
    const deployments = workload.revisions.map((revision) => {
      const built = buildDeployment(workload, revision, revision.replicas ?? 0, config);
      const there = this.view.get('Deployment', built.metadata.name);
      const size = revision.replicas ?? (there?.['spec'] as { replicas?: number } | undefined)?.replicas ?? 1;
      return buildDeployment(workload, revision, size, config);
    });
    return [
      buildServiceAccount(workload, config),
      buildNetworkPolicy(workload, config),
      buildService(workload, config, portOf(config, first.number)),
      buildDisruptionBudget(workload, config),
      ...workload.revisions.flatMap((revision) => [
        buildSecret(workload, revision, config),
        ...buildFilesSecret(workload, revision, config),
      ]),
      ...deployments,
    ].map((manifest) => withHash(manifest));
  }

  private async applyOne(manifest: KubeObject): Promise<boolean> {
    const there = this.view.get(manifest.kind as Kind, manifest.metadata.name);
    if (there?.metadata.deletionTimestamp !== undefined) return false;
    const drift = there && driftOf(manifest, there);
    if (there && drift === undefined) return true;
    const facts = { name: manifest.metadata.name, resource: manifest.kind };
    const byHand = there?.metadata.annotations?.[hashAnnotation] === manifest.metadata.annotations?.[hashAnnotation];
    if (byHand) this.log.warn('an object was changed by somebody else and is set back', { ...facts, reason: drift });
    else this.log.info('an object is applied', { ...facts, ...(drift !== undefined && { reason: drift }) });
    await this.write(`apply ${manifest.kind} ${manifest.metadata.name}`, async () => {
      this.view.put(await this.applyFenced(manifest, there));
    });
    return true;
  }

  /**
   * Only while the object is the one that was looked at: a deployer that was too slow is refused. What a person has set by
   * hand is set back; what another program applies is its own, and an error.
   */
  private async applyFenced(manifest: KubeObject, there: KubeObject | undefined): Promise<KubeObject> {
    const { uid, resourceVersion } = there?.metadata ?? {};
    const fence = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
    const fenced = { ...manifest, metadata: { ...manifest.metadata, ...fence } };
    try {
      return await this.client.apply(fenced);
    } catch (error) {
      const conflicts = error instanceof KubeRefusal ? fieldConflicts(error) : [];
      if (!there || conflicts.length === 0 || conflicts.some((conflict) => !conflict.passing)) throw error;
      return this.client.apply(fenced, { force: true });
    }
  }

  private async markLeaving(podId: string): Promise<void> {
    const pod = this.view.pod(podId);
    if (!pod || pod.metadata.deletionTimestamp || pod.metadata.annotations?.[deletionCost] === leavingCost) return;
    const { name, uid } = pod.metadata;
    const patch = { metadata: { uid, annotations: { [deletionCost]: leavingCost } } };
    await this.write(`mark Pod ${name}`, async () => {
      this.view.put(await this.client.merge('Pod', this.config.namespace, name, patch));
    });
  }

  /** Deletes what carries the service's label and has no manifest. Returns whether nothing such is left. */
  private async prune(serviceId: string, manifests: readonly KubeObject[]): Promise<boolean> {
    const wanted = new Set(manifests.map((manifest) => `${manifest.kind}/${manifest.metadata.name}`));
    let clean = true;
    for (const kind of [...appliedKinds].reverse()) {
      const extra = this.view.of(serviceId, kind).filter((object) => !wanted.has(`${kind}/${object.metadata.name}`));
      // A Pod whose Secret is gone could not be started again while its Deployment is still there.
      if (kind === 'Secret' && !clean) return false;
      for (const object of extra) {
        clean = false;
        if (object.metadata.deletionTimestamp !== undefined) continue;
        this.log.info('an object is deleted', { name: object.metadata.name, resource: kind });
        await this.write(`delete ${kind} ${object.metadata.name}`, () => this.client.remove(object));
      }
    }
    return clean;
  }

  private async write(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await failpoint('deployer.kube_before_write');
      await work();
      await failpoint('deployer.kube_after_write');
    } catch (error) {
      throw toClusterError(error, what, this.config.namespace);
    }
  }
}
