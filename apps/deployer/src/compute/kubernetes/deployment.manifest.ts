import type { ClusterConfig } from './cluster-config.js';
import type { KubeObject } from './kube-object.js';
import { labels, revisionObjectName, secretFilesName, serviceObjectName } from './names.js';
import { fileKeys, ownLabels } from './service-objects.manifest.js';
import type { Workload, WorkloadRevision } from '../workload-target.port.js';

/** Where a replica listens in its Pod. */
export const scoringPort = 5001;
/** The user of the process in the container; any that is not root will do, since nothing of the image is written to. */
const containerUser = 65532;
/** After a Pod was told to end, so long for its address to leave the routes before it stops taking requests, seconds. */
const quietSeconds = 5;

/** Longest that a replica which was told to end works on its requests, milliseconds. */
export const graceMs = (timeoutMs: number): number => Math.min(Math.max(timeoutMs + 2_000, 5_000), 120_000);

export const portOf = (config: ClusterConfig, revision: number): number =>
  config.hostNetworkPort === undefined ? scoringPort : config.hostNetworkPort + (revision % 1_000);

/** The Deployment of one revision; it satisfies the Pod Security Standard "restricted". */
export function buildDeployment(
  workload: Workload,
  revision: WorkloadRevision,
  replicas: number,
  config: ClusterConfig,
): KubeObject {
  const selector = { [labels.service]: workload.serviceId, [labels.revision]: revision.id };
  const podLabels = { ...ownLabels(workload), ...selector, [labels.revisionNumber]: String(revision.number) };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: revisionObjectName(workload.serviceId, workload.serviceName, revision.number),
      namespace: config.namespace,
      labels: podLabels,
    },
    spec: {
      replicas,
      revisionHistoryLimit: 1,
      selector: { matchLabels: selector },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: { metadata: { labels: podLabels }, spec: podSpec(workload, revision, config, selector) },
    },
  };
}

function podSpec(
  workload: Workload,
  revision: WorkloadRevision,
  config: ClusterConfig,
  selector: Record<string, string>,
): Record<string, unknown> {
  return {
    serviceAccountName: serviceObjectName(workload.serviceId, workload.serviceName),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: quietSeconds + Math.ceil(graceMs(revision.timeoutMs) / 1_000) + 5,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: containerUser,
      runAsGroup: containerUser,
      fsGroup: containerUser,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: selector },
    })),
    ...(config.hostNetworkPort === undefined ? {} : { hostNetwork: true }),
    ...(config.pullSecret === undefined ? {} : { imagePullSecrets: [{ name: config.pullSecret }] }),
    ...(Object.keys(config.nodeSelector).length === 0 ? {} : { nodeSelector: config.nodeSelector }),
    ...(config.tolerations.length === 0 ? {} : { tolerations: config.tolerations }),
    containers: [container(workload, revision, config)],
    volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '1Gi' } }, ...secretVolume(workload, revision)],
  };
}

function container(workload: Workload, revision: WorkloadRevision, config: ClusterConfig): Record<string, unknown> {
  const port = portOf(config, revision.number);
  const probe = (path: string) => ({ httpGet: { path, port, scheme: 'HTTP' } });
  const resources = resourcesOf(revision, config);
  return {
    name: 'replica',
    image: `${config.registry}/${revision.image.repository}@${revision.image.digest}`,
    imagePullPolicy: 'IfNotPresent',
    ports: [{ name: 'score', containerPort: port, protocol: 'TCP' }],
    env: environmentOf(workload, revision, port),
    envFrom: [{ secretRef: { name: revisionObjectName(workload.serviceId, workload.serviceName, revision.number) } }],
    ...(resources ? { resources } : {}),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
    },
    // Reading a large model may take minutes; only then does a silent process count as stuck.
    startupProbe: { ...probe('/healthz'), periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 600 },
    readinessProbe: { ...probe('/readyz'), periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 3 },
    livenessProbe: { ...probe('/healthz'), periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 6 },
    // A node that is emptied tells nobody before: requests still come until the routers know.
    lifecycle: { preStop: { sleep: { seconds: quietSeconds } } },
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      ...(hasFiles(revision) ? [{ name: 'secrets', mountPath: secretsFolder, readOnly: true }] : []),
    ],
  };
}

const secretsFolder = '/var/run/slipway/secrets';
const hasFiles = ({ secretFiles }: WorkloadRevision): boolean => Object.keys(secretFiles).length > 0;

/** Readable by the replica's group only, to which the Pod's user belongs. */
function secretVolume(workload: Workload, revision: WorkloadRevision): Record<string, unknown>[] {
  if (!hasFiles(revision)) return [];
  const secretName = secretFilesName(workload.serviceId, workload.serviceName, revision.number);
  return [{ name: 'secrets', secret: { secretName, defaultMode: 0o440, items: fileKeys(revision) } }];
}

/** What Slipway sets comes after the user's variables, which are in the revision's Secret, and wins over them. */
function environmentOf(workload: Workload, revision: WorkloadRevision, port: number): Record<string, unknown>[] {
  const values: Record<string, string> = {
    HOME: '/tmp',
    TMPDIR: '/tmp',
    USER: 'slipway',
    LOGNAME: 'slipway',
    AML_APP_ROOT: '/app',
    AML_MODEL_DC_STORAGE_ENABLED: String(revision.collectData),
    AZUREML_MODEL_DIR: '/app',
    SCORING_TIMEOUT_MS: String(revision.timeoutMs),
    SERVICE_NAME: workload.serviceName,
    SERVICE_VERSION: String(revision.number),
    SLIPWAY_COLLECT_DIR: '/tmp/collected',
    SLIPWAY_ENTRY: revision.image.entry,
    SLIPWAY_GRACE_MS: String(graceMs(revision.timeoutMs)),
    SLIPWAY_IMAGE_DIGEST: revision.image.digest,
    SLIPWAY_LISTEN: `0.0.0.0:${port}`,
    SLIPWAY_MAX_BODY: String(revision.maxBodyBytes),
    SLIPWAY_MAX_CONCURRENCY: String(revision.maxConcurrent),
    SLIPWAY_REVISION: String(revision.number),
    ...(hasFiles(revision) ? { SLIPWAY_SECRETS_DIR: secretsFolder } : {}),
    ...(revision.image.schemaPath === null ? {} : { SLIPWAY_SCHEMA: revision.image.schemaPath }),
  };
  return [
    ...Object.entries(values).map(([name, value]) => ({ name, value })),
    { name: 'SLIPWAY_REPLICA', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.uid' } } },
  ];
}

/** Memory is asked for as it is limited, so that a node never promises more than it has. */
function resourcesOf({ resources }: WorkloadRevision, config: ClusterConfig): Record<string, unknown> | undefined {
  const own = {
    ...(resources.cpuMillis === undefined ? {} : { cpu: cpuQuantity(resources.cpuMillis) }),
    ...(resources.memoryBytes === undefined ? {} : { memory: memoryQuantity(resources.memoryBytes) }),
    ...config.resources,
  };
  return Object.keys(own).length === 0 ? undefined : { requests: own, limits: own };
}

/** In the form to which the API server brings them itself, so that what is read back is what was written. */
const cpuQuantity = (millis: number): string => (millis % 1_000 === 0 ? String(millis / 1_000) : `${millis}m`);

export function memoryQuantity(bytes: number): string {
  const mebibytes = Math.max(1, Math.ceil(bytes / 2 ** 20));
  return mebibytes % 1_024 === 0 ? `${mebibytes / 1_024}Gi` : `${mebibytes}Mi`;
}
