import type { EnvironmentCheck } from '#slipway/contracts';
import type { TargetSetup } from '../compute-target.port.js';
import type { ClusterConfig } from './cluster-config.js';
import type { KubeClient } from './kube-client.adapter.js';
import { toClusterError } from './kube-errors.js';
import { appliedKinds, kinds } from './kube-object.js';

/** Needs a right each: what Slipway makes, and the Pods it looks at. */
const needed: readonly (readonly [group: string, resource: string, verb: string])[] = [
  ...appliedKinds.map((kind) => {
    const { root, plural } = kinds[kind];
    return [root.startsWith('apis/') ? root.split('/')[1]! : '', plural, 'patch'] as const;
  }),
  ['', 'pods', 'watch'],
  ['', 'pods', 'delete'],
];

/** Looks whether a cluster can be worked with, and makes the namespace of an environment. */
export class ClusterSetup implements TargetSetup {
  constructor(
    private readonly client: KubeClient,
    private readonly config: ClusterConfig,
  ) {}

  async preflight(): Promise<EnvironmentCheck[]> {
    try {
      const { gitVersion } = await this.client.get<{ gitVersion: string }>('/version');
      const missing = await this.missingRights();
      const target: EnvironmentCheck = { part: 'target', state: 'ok', message: `Kubernetes ${gitVersion} answers` };
      return [target, this.permissions(missing)];
    } catch (error) {
      const { code, message } = toClusterError(error, 'answer its version', this.config.namespace);
      const next = 'check the kubeconfig: its server, its certificate authority and its user';
      return [{ part: 'target', state: 'failed', code, message, next }];
    }
  }

  private permissions(missing: readonly string[]): EnvironmentCheck {
    const { namespace } = this.config;
    if (missing.length === 0)
      return { part: 'permissions', state: 'ok', message: `all that is needed in namespace ${namespace}` };
    return {
      part: 'permissions',
      state: 'failed',
      code: 'cluster_forbidden',
      message: `the user of the kubeconfig may not ${missing.join(', ')} in namespace ${namespace}`,
      next: `give it a Role with these rights in namespace ${namespace}`,
    };
  }

  private async missingRights(): Promise<string[]> {
    const answers = await Promise.all(needed.map(([group, resource, verb]) => this.allowed(group, resource, verb)));
    return needed.filter((_right, index) => !answers[index]).map(([, resource, verb]) => `${verb} ${resource}`);
  }

  private async allowed(group: string, resource: string, verb: string): Promise<boolean> {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace: this.config.namespace, group, resource, verb } },
    };
    const answer = await this.client.create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review);
    return (answer as { status?: { allowed?: boolean } }).status?.allowed === true;
  }

  /** The namespace, unless it is there. */
  async install(): Promise<void> {
    const { namespace } = this.config;
    try {
      const there = await this.client.exists(`/api/v1/namespaces/${encodeURIComponent(namespace)}`);
      if (!there) await this.client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    } catch (error) {
      throw toClusterError(error, `make namespace ${namespace}`, namespace);
    }
  }

  async uninstall(): Promise<void> {
    // The namespace may hold what is not ours, and may be another environment's too.
  }
}
