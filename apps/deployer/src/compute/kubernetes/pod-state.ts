import type { PodSighting } from '../workload-target.port.js';
import type { KubeObject } from './kube-object.js';

interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: { exitCode: number; reason?: string; signal?: number };
}

interface PodStatus {
  phase?: string;
  reason?: string;
  message?: string;
  podIP?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  containerStatuses?: { ready: boolean; restartCount: number; state?: ContainerState; lastState?: ContainerState }[];
}

/** Restarts after which a new revision is given up; a failing `init()` is not tried so often. */
const triesOnCrash = 3;
const exitInitFailed = 3;
const triesOnInitFailure = 2;
const pullReasons = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull']);

export function sightingOf(pod: KubeObject, revisionLabel: string): PodSighting {
  const status = (pod['status'] ?? {}) as PodStatus;
  const container = status.containerStatuses?.[0];
  const ended = container?.state?.terminated ?? container?.lastState?.terminated;
  const leaving = pod.metadata.deletionTimestamp !== undefined;
  const over = status.phase === 'Failed' || status.phase === 'Succeeded';
  const ready = status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
  const outOfMemory = ended?.reason === 'OOMKilled';
  const limit = memoryLimitOf(pod);
  return {
    id: pod.metadata.uid!,
    name: pod.metadata.name,
    revisionId: pod.metadata.labels?.[revisionLabel] ?? '',
    restarts: container?.restartCount ?? 0,
    running: !over,
    ready: ready && !leaving && status.podIP !== undefined,
    leaving,
    silentMs: 0,
    identity: pod.metadata.name,
    endpoint: status.podIP === undefined ? undefined : { host: status.podIP, port: portOf(pod) },
    exitCode: ended === undefined ? undefined : ended.signal ? 128 + ended.signal : ended.exitCode,
    oom: outOfMemory ? { limitBytes: limit, peakBytes: undefined } : undefined,
    trouble: ready || leaving ? undefined : troubleOf(status, limit),
  };
}

function troubleOf(status: PodStatus, limit: number): PodSighting['trouble'] {
  const scheduled = status.conditions?.find((condition) => condition.type === 'PodScheduled');
  if (scheduled?.status === 'False')
    return trouble('no_capacity', `no node has room for the replica: ${scheduled.message ?? scheduled.reason ?? ''}`, false);
  if (status.phase === 'Failed')
    return trouble('rollout_failed', `the cluster ended the replica: ${status.reason ?? ''} ${status.message ?? ''}`, false);
  const container = status.containerStatuses?.[0];
  if (!container) return undefined;
  const waiting = container.state?.waiting;
  if (waiting?.reason !== undefined && pullReasons.has(waiting.reason))
    return trouble('image_missing', `the node cannot pull the image: ${waiting.message ?? waiting.reason}`, false);
  if (waiting?.reason === 'CreateContainerConfigError' || waiting?.reason === 'CreateContainerError')
    return trouble('rollout_failed', `the node cannot make the container: ${waiting.message ?? waiting.reason}`, false);
  const ended = container.state?.terminated ?? container.lastState?.terminated;
  if (ended && container.restartCount + (container.state?.terminated ? 1 : 0) > 0)
    return crash(ended, container.restartCount, limit);
  if (container.state?.running) return trouble('never_ready', 'the replica runs and does not become ready', false);
  return undefined;
}

function crash(ended: { exitCode: number; reason?: string }, restarts: number, limit: number): PodSighting['trouble'] {
  const tries = ended.exitCode === exitInitFailed ? triesOnInitFailure : triesOnCrash;
  const hopeless = restarts >= tries;
  if (ended.reason === 'OOMKilled') {
    const bound = limit > 0 ? ` of ${Math.round(limit / 2 ** 20)} MiB` : '';
    const message = `the replica needs more memory than its limit${bound} and was killed ${restarts + 1} times; raise its memory`;
    return trouble('out_of_memory', message, hopeless);
  }
  if (ended.exitCode === exitInitFailed) return trouble('init_failed', 'init() of the scoring script failed', hopeless);
  return trouble('crash_loop', `the replica ended with status ${ended.exitCode} and was restarted ${restarts} times`, hopeless);
}

const trouble = (code: string, message: string, hopeless: boolean): PodSighting['trouble'] => ({
  code,
  message: message.trim(),
  details: [],
  hopeless,
});

interface PodSpec {
  containers?: { ports?: { containerPort: number }[]; resources?: { limits?: Record<string, string> } }[];
}

const specOf = (pod: KubeObject): PodSpec => (pod['spec'] ?? {}) as PodSpec;

const portOf = (pod: KubeObject): number => specOf(pod).containers?.[0]?.ports?.[0]?.containerPort ?? 0;

function memoryLimitOf(pod: KubeObject): number {
  const [, amount, unit] = /^(\d+)(Mi|Gi)$/.exec(specOf(pod).containers?.[0]?.resources?.limits?.['memory'] ?? '') ?? [];
  return amount === undefined ? 0 : Number(amount) * 2 ** (unit === 'Gi' ? 30 : 20);
}
