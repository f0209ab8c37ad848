import type { EnvironmentCheck, EnvironmentCredentials } from '#slipway/contracts';
import { sha256Hex } from '#slipway/platform';
import type { TargetSetup } from '../compute-target.port.js';
import type { WorkloadRevision } from '../workload-target.port.js';
import type { ClusterConfig } from './cluster-config.js';
import { buildDeployment } from './deployment.manifest.js';
import type { KubeClient } from './kube-client.adapter.js';
import { KubeRefusal, toClusterError } from './kube-errors.js';
import { appliedKinds, type Kind, kinds, type KubeObject } from './kube-object.js';
import { fieldManager, labels } from './names.js';
import {
  buildDisruptionBudget,
  buildNetworkPolicy,
  buildSecret,
  buildService,
  buildServiceAccount,
} from './service-objects.manifest.js';

/** The first version whose Pods may wait in `preStop` without a program of the image. */
const oldestMinor = 30;
const everyVerb = ['get', 'list', 'watch', 'create', 'patch', 'delete'];

/** Name of the Secret with which the nodes pull when the environment keeps the registry's credentials. */
export const pullSecretName = (environmentId: string): string => `slipway-pull-${sha256Hex(environmentId).slice(0, 8)}`;

/** Tries whether a cluster can be used, and puts there what services need besides their own objects. */
export class ClusterSetup implements TargetSetup {
  constructor(
    private readonly client: KubeClient,
    private readonly config: ClusterConfig,
    private readonly environmentId: string,
    private readonly registry: EnvironmentCredentials['registry'],
  ) {}

  /** Leaves nothing behind and throws nothing. */
  async preflight(): Promise<EnvironmentCheck[]> {
    const version = await this.part('target', 'see that the address in the kubeconfig is right and its API server is up', () =>
      this.version(),
    );
    if (version.state === 'failed') return [version];
    const rights = await this.part('permissions', 'bind a Role with these rights to the user of the kubeconfig', () =>
      this.permissions(),
    );
    const namespace = await this.part('namespace', `kubectl create namespace ${this.config.namespace}`, () => this.namespace());
    if ([rights, namespace].some(({ state }) => state === 'failed')) return [version, rights, namespace];
    const objects = await this.part('objects', 'see what the cluster says about the object', () => this.dryRun());
    return [version, rights, namespace, objects];
  }

  /** The namespace under the restricted standard, and the pull secret. @throws DomainError */
  async install(): Promise<void> {
    const { namespace } = this.config;
    try {
      if (!(await this.exists())) await this.client.apply(namespaceManifest(namespace));
      const secret = this.pullSecret();
      if (secret) await this.client.apply(secret);
    } catch (error) {
      throw toClusterError(error, `set up namespace ${namespace}`, namespace);
    }
  }

  /** The namespace stays: others may use it. @throws DomainError */
  async uninstall(): Promise<void> {
    const secret = this.pullSecret();
    if (!secret) return;
    await this.client.remove(secret).catch((error: unknown) => {
      throw toClusterError(error, `delete Secret ${secret.metadata.name}`, this.config.namespace);
    });
  }

  private async part(part: string, next: string, work: () => Promise<string>): Promise<EnvironmentCheck> {
    try {
      return { part, state: 'ok', message: await work() };
    } catch (error) {
      const { code, message } =
        error instanceof MissingPart ? error : toClusterError(error, `check ${part}`, this.config.namespace);
      return { part, state: 'failed', code, message, next };
    }
  }

  private async version(): Promise<string> {
    const { major, minor, gitVersion } = await this.client.get<{ major: string; minor: string; gitVersion: string }>('/version');
    if (Number(major) === 1 && Number.parseInt(minor, 10) < oldestMinor)
      throw new MissingPart('not_supported', `the cluster has version ${gitVersion}; 1.${oldestMinor} or newer is needed`);
    return `version ${gitVersion} answers`;
  }

  private async permissions(): Promise<string> {
    const wanted: [string, string, readonly string[]][] = [
      ...appliedKinds.map((kind): [string, string, string[]] => [groupOf(kind), kinds[kind].plural, everyVerb]),
      ['', 'pods', ['get', 'list', 'watch', 'patch', 'delete']],
      ['', 'pods/log', ['get']],
    ];
    const asked = wanted.flatMap(([group, resource, verbs]) => verbs.map((verb) => ({ group, resource, verb })));
    const missing: string[] = [];
    for (const { group, resource, verb } of asked) {
      const [name, subresource] = resource.split('/');
      const attributes = { namespace: this.config.namespace, group, resource: name, subresource, verb };
      const answer = await this.client.create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: attributes },
      });
      if (!(answer['status'] as { allowed?: boolean }).allowed) missing.push(`${verb} ${resource}`);
    }
    if (missing.length === 0) return `${asked.length} rights in namespace ${this.config.namespace}`;
    throw new MissingPart(
      'cluster_forbidden',
      `in namespace ${this.config.namespace} these rights are missing: ${missing.join(', ')}`,
    );
  }

  private async namespace(): Promise<string> {
    const { namespace } = this.config;
    if (await this.exists()) return `namespace ${namespace} is there`;
    await this.client.apply(namespaceManifest(namespace), { dryRun: true });
    return `namespace ${namespace} will be made`;
  }

  /** Each kind as a service would have it; without the namespace there is nothing to try it in. */
  private async dryRun(): Promise<string> {
    if (!(await this.exists())) return 'objects are tried once the namespace is there';
    const { config } = this;
    const workload = {
      environmentId: this.environmentId,
      account: 'preflight',
      serviceId: this.environmentId,
      serviceName: 'preflight',
      revisions: [],
      leaving: [],
    };
    const manifests = [
      buildServiceAccount(workload, config),
      buildNetworkPolicy(workload, config),
      buildService(workload, config, 5001),
      buildDisruptionBudget(workload, config),
      buildSecret(workload, sample, config),
      buildDeployment(workload, sample, 1, config),
    ];
    for (const manifest of manifests) {
      try {
        await this.client.apply(manifest, { dryRun: true });
      } catch (error) {
        throw toClusterError(error, `make a ${manifest.kind}`, config.namespace);
      }
    }
    return `${manifests.length} kinds of objects can be made`;
  }

  private async exists(): Promise<boolean> {
    return this.client.exists(`/api/v1/namespaces/${this.config.namespace}`).catch((error: unknown) => {
      // Who may not read namespaces can still work in one.
      if (error instanceof KubeRefusal && error.status === 403) return true;
      throw error;
    });
  }

  private pullSecret(): KubeObject | undefined {
    if (!this.registry) return undefined;
    const { username, password } = this.registry;
    const auth = Buffer.from(`${username}:${password}`).toString('base64');
    const auths = { [this.config.registry]: { username, password, auth } };
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: pullSecretName(this.environmentId),
        namespace: this.config.namespace,
        labels: { [labels.managedBy]: fieldManager },
      },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') },
    };
  }
}

class MissingPart extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const groupOf = (kind: Kind): string => (kinds[kind].apiVersion.includes('/') ? kinds[kind].apiVersion.split('/')[0]! : '');

const namespaceManifest = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name,
    labels: {
      [labels.managedBy]: fieldManager,
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    },
  },
});

/** A revision that is never run. */
const sample: WorkloadRevision = {
  id: '00000000-0000-7000-8000-000000000000',
  number: 1,
  image: {
    id: '00000000-0000-7000-8000-000000000000',
    name: 'preflight',
    version: 1,
    digest: `sha256:${'0'.repeat(64)}`,
    repository: 'preflight/preflight',
    manifestId: '00000000-0000-7000-8000-000000000000',
    manifestName: 'preflight',
    manifestVersion: 1,
    entry: 'score.py',
    schemaPath: null,
    python: '3.11',
    platform: 'linux/amd64',
    models: [],
  },
  env: { PREFLIGHT: 'yes' },
  secretFiles: {},
  maxConcurrent: 1,
  timeoutMs: 60_000,
  maxBodyBytes: 1_024,
  collectData: false,
  resources: { cpuMillis: 100, memoryBytes: 2 ** 27 },
  replicas: 1,
};
