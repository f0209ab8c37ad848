import { SealBox, uuidv7 } from '#slipway/platform';
import { startKubernetes, type TestKubernetes } from '#slipway/testing';
import { sealCredentials } from '../../src/environments/environment-config.js';
import { makeStage, type Stage } from '../fixture.js';
import { ApiProxy } from './api-proxy.js';

export interface KubeStage extends Stage {
  cluster: TestKubernetes;
  proxy: ApiProxy;
  namespace: string;
  /** Name of an environment in a namespace of its own, reached through the proxy. */
  environment: string;
  /** `kubectl -n <namespace>`. */
  kubectl(...args: string[]): Promise<string>;
  /** Server-side apply by another program, which takes the fields over. */
  applyAs(manager: string, manifest: object): Promise<void>;
  /** All objects of a service that Slipway made, as they are now, without what differs from run to run. */
  objects(serviceId: string): Promise<Record<string, KubeJson>>;
}

export interface KubeJson {
  kind: string;
  metadata: { name: string; uid: string; labels: Record<string, string>; annotations?: Record<string, string> };
  spec: Record<string, unknown>;
}

const kinds = 'serviceaccounts,services,networkpolicies,poddisruptionbudgets,secrets,deployments';

/** Pods of images named `bad-<outcome>` behave like that on the fake nodes. */
const outcomes = [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: 'outcomes' },
    spec: {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
      matchConditions: [{ name: 'bad', expression: `object.spec.containers[0].image.contains("/bad-")` }],
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: {
            expression: `Object{metadata: Object.metadata{annotations: {"kubetest/outcome": object.spec.containers[0].image.split("/bad-")[1].split("@")[0]}}}`,
          },
        },
      ],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name: 'outcomes' },
    spec: { policyName: 'outcomes' },
  },
];

export async function makeKubeStage(): Promise<KubeStage> {
  const stage = await makeStage();
  const cluster = await startKubernetes();
  for (const manifest of outcomes) await cluster.apply(manifest);
  const namespace = await cluster.namespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  const proxy = await new ApiProxy(cluster.kubeconfig).listen();
  const id = uuidv7();
  const sealed = sealCredentials(SealBox.fromKey(Buffer.from('5a'.repeat(32), 'hex')), id, { kubeconfig: proxy.kubeconfig });
  await stage.query(
    `INSERT INTO environment (id, account, name, target, isolation, is_default, provisioning_state, config, credentials_sealed, row_version)
     VALUES ($1, 'acme', 'cluster', 'kubernetes', 'container', false, 'Succeeded', $2, $3, 1)`,
    [id, JSON.stringify({ namespace, registry: 'registry.invalid:5000' }), sealed],
  );
  const close = stage.close;
  return {
    ...stage,
    cluster,
    proxy,
    namespace,
    environment: 'cluster',
    kubectl: (...args) => cluster.kubectl('-n', namespace, ...args),
    applyAs: (manager, manifest) => cluster.apply(manifest, ['--server-side', '--force-conflicts', `--field-manager=${manager}`]),
    objects: async (serviceId) => {
      const list = await cluster.get<{ items: KubeJson[] }>('-n', namespace, kinds, '-l', `slipway.io/service=${serviceId}`);
      return Object.fromEntries(list.items.map((item) => [`${item.kind}/${item.metadata.name}`, item]));
    },
    close: async () => {
      await close();
      await proxy.close();
      await cluster.close();
    },
  };
}
