import type { ReplicaSpec } from '../compute-target.port.js';
import { graceMs } from '../process/replica-environment.js';

export const containerPort = '5001/tcp';
export const labels = {
  environment: 'io.slipway.environment',
  service: 'io.slipway.service',
  revision: 'io.slipway.revision',
  replica: 'io.slipway.replica',
};
/** Nobody's own on any machine, and the same in every container. */
const user = '65532:65532';
const maxProcesses = 1_024;
const tmpBytes = 256 * 2 ** 20;

/** One replica has one name, so that a start that is repeated finds what the first one left. */
export const containerName = (replicaId: string): string => `slipway-${replicaId}`;

/** What is asked of the engine for one replica: everything closed that scoring does not need. */
export function buildContainer(spec: ReplicaSpec, environmentId: string, imageId: string): Record<string, unknown> {
  const { cpuMillis, memoryBytes } = spec.resources;
  return {
    Image: imageId,
    User: user,
    Env: Object.entries(variables(spec)).map(([name, value]) => `${name}=${value}`),
    ExposedPorts: { [containerPort]: {} },
    Labels: {
      [labels.environment]: environmentId,
      [labels.service]: spec.serviceId,
      [labels.revision]: spec.revisionId,
      [labels.replica]: spec.replicaId,
    },
    HostConfig: {
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': `rw,noexec,nosuid,nodev,size=${tmpBytes}` },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: maxProcesses,
      ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
      ...(cpuMillis === undefined ? {} : { NanoCpus: cpuMillis * 1_000_000 }),
      PortBindings: { [containerPort]: [{ HostIp: '127.0.0.1', HostPort: '' }] },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
      RestartPolicy: { Name: 'no' },
      Init: true,
    },
  };
}

function variables(spec: ReplicaSpec): Record<string, string> {
  return {
    OMP_NUM_THREADS: '1',
    ...spec.env,
    HOME: '/tmp',
    TMPDIR: '/tmp',
    AML_MODEL_DC_STORAGE_ENABLED: String(spec.collectData),
    SCORING_TIMEOUT_MS: String(spec.timeoutMs),
    SERVICE_NAME: spec.serviceName,
    SERVICE_VERSION: String(spec.revision),
    SERVICE_PATH_PREFIX: '',
    SLIPWAY_LISTEN: '0.0.0.0:5001',
    SLIPWAY_ENTRY: spec.image.entry,
    SLIPWAY_SCHEMA: spec.image.schemaPath ?? '',
    SLIPWAY_REPLICA: spec.replicaId,
    SLIPWAY_REVISION: String(spec.revision),
    SLIPWAY_IMAGE_DIGEST: spec.image.digest,
    SLIPWAY_MAX_CONCURRENCY: String(spec.maxConcurrent),
    SLIPWAY_MAX_BODY: String(spec.maxBodyBytes),
    SLIPWAY_GRACE_MS: String(graceMs(spec.timeoutMs)),
  };
}
