import type { ClusterConfig } from './cluster-config.js';
import type { KubeObject } from './kube-object.js';
import { fieldManager, labels, labelValue, revisionObjectName, secretFilesName, serviceObjectName } from './names.js';
import type { Workload, WorkloadRevision } from '../workload-target.port.js';

/** Pods of the router in the same cluster carry this label. */
export const routerLabel = { 'app.kubernetes.io/component': 'router' };

export const ownLabels = (workload: Workload): Record<string, string> => ({
  [labels.managedBy]: fieldManager,
  [labels.environment]: workload.environmentId,
  [labels.service]: workload.serviceId,
  [labels.serviceName]: labelValue(workload.serviceName),
});

const metadata = (workload: Workload, config: ClusterConfig) => ({
  name: serviceObjectName(workload.serviceId, workload.serviceName),
  namespace: config.namespace,
  labels: ownLabels(workload),
});
const podsOf = (workload: Workload) => ({ matchLabels: { [labels.service]: workload.serviceId } });

/** Pods get no token: nothing in them has to speak to the API server. */
export const buildServiceAccount = (workload: Workload, config: ClusterConfig): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: metadata(workload, config),
  automountServiceAccountToken: false,
});

/** Headless: a name for the Pods in the cluster's DNS. Routers choose among them themselves. */
export const buildService = (workload: Workload, config: ClusterConfig, port: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata(workload, config),
  spec: {
    clusterIP: 'None',
    selector: podsOf(workload).matchLabels,
    ports: [{ name: 'score', port, protocol: 'TCP', targetPort: 'score' }],
  },
});

/** Only routers reach the replicas, which ask nobody for a key. */
export const buildNetworkPolicy = (workload: Workload, config: ClusterConfig): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: metadata(workload, config),
  spec: {
    podSelector: podsOf(workload),
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: [
          { namespaceSelector: {}, podSelector: { matchLabels: routerLabel } },
          ...config.routerCidrs.map((cidr) => ({ ipBlock: { cidr } })),
        ],
        ports: [{ protocol: 'TCP', port: 'score' }],
      },
    ],
  },
});

export const buildDisruptionBudget = (workload: Workload, config: ClusterConfig): KubeObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: metadata(workload, config),
  spec: { maxUnavailable: 1, selector: podsOf(workload) },
});

/** The user's variables of one revision, which never change; a new value is a new revision. */
export const buildSecret = (workload: Workload, revision: WorkloadRevision, config: ClusterConfig): KubeObject =>
  secret(
    workload,
    revision,
    config,
    revisionObjectName(workload.serviceId, workload.serviceName, revision.number),
    Object.entries(revision.env),
  );

/** Its secret files, whose paths no key of a Secret can be; none without files. */
export function buildFilesSecret(workload: Workload, revision: WorkloadRevision, config: ClusterConfig): KubeObject[] {
  const texts = fileKeys(revision).map(({ key, path }): [string, string] => [key, revision.secretFiles[path]!]);
  const name = secretFilesName(workload.serviceId, workload.serviceName, revision.number);
  return texts.length === 0 ? [] : [secret(workload, revision, config, name, texts)];
}

/** The key in that Secret for each path. */
export const fileKeys = ({ secretFiles }: WorkloadRevision): { key: string; path: string }[] =>
  Object.keys(secretFiles)
    .sort()
    .map((path, index) => ({ key: `file-${index}`, path }));

const secret = (
  workload: Workload,
  revision: WorkloadRevision,
  config: ClusterConfig,
  name: string,
  texts: [string, string][],
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name,
    namespace: config.namespace,
    labels: { ...ownLabels(workload), [labels.revision]: revision.id, [labels.revisionNumber]: String(revision.number) },
  },
  type: 'Opaque',
  immutable: true,
  data: Object.fromEntries(texts.map(([key, value]) => [key, Buffer.from(value, 'utf8').toString('base64')])),
});
