import type { Environment, ImagePin, ResourceError } from '#slipway/contracts';

/** Injection token of the {@link ComputeTarget}. */
export const COMPUTE_TARGET = Symbol('compute target');

/** Whether an image can be started: everything that takes long happens before the first replica. */
export type Preparation =
  | { state: 'ready' }
  | { state: 'preparing' }
  | { state: 'failed'; error: ResourceError; /** Another try may help. */ passing: boolean };

/** All that a replica needs to know of its service. */
export interface ReplicaSpec {
  replicaId: string;
  account: string;
  environment: string;
  serviceId: string;
  serviceName: string;
  revisionId: string;
  revision: number;
  image: ImagePin;
  /** The user's variables. */
  env: Readonly<Record<string, string>>;
  maxConcurrent: number;
  timeoutMs: number;
  maxBodyBytes: number;
  collectData: boolean;
  /** User id to run as; undefined: the installation's own. */
  uid: number | undefined;
}

/** What tells one process from every other, also after a restart of the machine. */
export interface ProcessIdentity {
  pid: number;
  startTicks: string;
  bootId: string;
}

export interface ReplicaHandle {
  replicaId: string;
  serviceId: string;
  /** Undefined when the start was never recorded; the target may still find it. */
  identity: ProcessIdentity | undefined;
  /** Whether to ask for readiness too. */
  probe: boolean;
}

export interface ReplicaSighting {
  running: boolean;
  /** It answered that it is this replica and can take requests. */
  ready: boolean;
  /** How long it has not answered at all; 0 for one that answers or was not asked. */
  silentMs: number;
  identity: ProcessIdentity | undefined;
  endpoint: { host: string; port: number } | undefined;
  /** Status of an ended process, where it is known; 128 + n for signal n. */
  exitCode: number | undefined;
}

/** Where replicas run. Everything may be repeated: a call for what is already so changes nothing. */
export interface ComputeTarget {
  /** How services are kept apart. */
  readonly isolation: Environment['isolation'];
  /** The interpreters that a replica can start, newest first. */
  pythonVersions(): Promise<{ version: string; path: string }[]>;
  /** @throws DomainError `python_missing` when no replica of this image could be started. */
  check(image: ImagePin): Promise<void>;
  /** User ids that a new service must not get; undefined when all run as the installation's own user. */
  takenUserIds(): Promise<ReadonlySet<number> | undefined>;
  /** Starts to fetch what the image needs, or says how far that is; `serviceId` is told when it ends. */
  prepare(image: ImagePin, uid: number | undefined, serviceId: string): Preparation;
  start(spec: ReplicaSpec): Promise<ProcessIdentity>;
  observe(handle: ReplicaHandle): Promise<ReplicaSighting>;
  /** Asks a replica to finish its requests and end. */
  stop(handle: ReplicaHandle): Promise<void>;
  kill(handle: ReplicaHandle): Promise<void>;
  /** Gives back what a replica held only while it lived; its logs and its spool stay. */
  discard(replicaId: string): Promise<void>;
  /** The last lines that a replica wrote, oldest first. */
  lastLines(replicaId: string, count: number): Promise<string[]>;
  /** Calls back with a service's id when something about its replicas or image changed. */
  onChange(listener: (serviceId: string) => void): void;
}
