import type { Environment, EnvironmentCheck, ImagePin, ResourceError } from '#slipway/contracts';
import type { WorkloadTarget } from './workload-target.port.js';

/** Whether an image can be started: everything that takes long happens before the first replica. */
export type Preparation =
  | { state: 'ready' }
  | { state: 'preparing' }
  | { state: 'failed'; error: ResourceError; /** Another try may help. */ passing: boolean };

/** What a replica may use at most; undefined: as much as there is. */
export interface ReplicaResources {
  cpuMillis: number | undefined;
  memoryBytes: number | undefined;
}

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
  /** The user's variables, those from secrets among them. */
  env: Readonly<Record<string, string>>;
  /** Texts of secret files by their path below the folder that `SLIPWAY_SECRETS_DIR` names. */
  secretFiles: Readonly<Record<string, string>>;
  maxConcurrent: number;
  timeoutMs: number;
  maxBodyBytes: number;
  collectData: boolean;
  resources: ReplicaResources;
  /** User id to run as; undefined: the installation's own. */
  uid: number | undefined;
}

export interface ReplicaHandle {
  replicaId: string;
  serviceId: string;
  /** The target's own words for what it started; undefined when the start was never recorded: it may still be found. */
  identity: string | undefined;
  /** Whether to ask for readiness too. */
  probe: boolean;
}

export interface ReplicaSighting {
  running: boolean;
  /** It answered that it is this replica and can take requests. */
  ready: boolean;
  /** How long it has not answered at all; 0 for one that answers or was not asked. */
  silentMs: number;
  identity: string | undefined;
  endpoint: { host: string; port: number } | undefined;
  /** Status of an ended process, where it is known; 128 + n for signal n. */
  exitCode: number | undefined;
  /** Set for one that was ended because it used more memory than it may; bytes. */
  oom: { limitBytes: number; peakBytes: number | undefined } | undefined;
  /** Where the target keeps replicas by itself: it ends this one already. */
  leaving?: boolean;
  /** Why it is not ready, as its target says, and whether another try of the same is in vain. */
  trouble?: (ResourceError & { hopeless: boolean }) | undefined;
}

/** How a place for replicas is set up. Everything may be repeated. */
export interface TargetSetup {
  /** Tries each part for real and leaves nothing behind; says what is missing and what to do, and throws nothing. */
  preflight(): Promise<EnvironmentCheck[]>;
  /** Puts there what replicas need besides themselves. @throws DomainError */
  install(): Promise<void>;
  /** Takes away what {@link install} put there; replicas are gone by then. @throws DomainError */
  uninstall(): Promise<void>;
}

/** Where replicas run. Everything may be repeated: a call for what is already so changes nothing. */
export interface ComputeTarget extends TargetSetup {
  /** How services are kept apart. */
  readonly isolation: Environment['isolation'];
  /** Set where replicas are kept by the target itself; then nothing is ever started one by one. */
  readonly workloads?: WorkloadTarget;
  /** @throws DomainError `python_missing` when no replica of this image could be started. */
  check(image: ImagePin): Promise<void>;
  /** User ids that a new service must not get; undefined when all run as the installation's own user. */
  takenUserIds(): Promise<ReadonlySet<number> | undefined>;
  /** Starts to fetch what the image needs, or says how far that is; `serviceId` is told when it ends. */
  prepare(image: ImagePin, uid: number | undefined, serviceId: string): Preparation;
  /** Returns the replica's identity. */
  start(spec: ReplicaSpec): Promise<string>;
  observe(handle: ReplicaHandle): Promise<ReplicaSighting>;
  /** Asks a replica to finish its requests and end. */
  stop(handle: ReplicaHandle): Promise<void>;
  kill(handle: ReplicaHandle): Promise<void>;
  /** Gives back what a replica held only while it lived; its logs and its spool stay. */
  discard(replicaId: string): Promise<void>;
  /** The last lines that a replica wrote, oldest first. */
  lastLines(replicaId: string, count: number): Promise<string[]>;
  /** Ids of all replicas of which anything is left here, whoever started them. */
  list(): Promise<string[]>;
  /** Calls back with a service's id when something about its replicas or image changed. */
  onChange(listener: (serviceId: string) => void): void;
  /** Ends what the target itself keeps open; its replicas go on. */
  close(): Promise<void>;
}
