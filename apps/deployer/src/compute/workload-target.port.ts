import type { ImagePin, ResourceError } from '#slipway/contracts';
import type { ReplicaResources, ReplicaSighting } from './compute-target.port.js';

/** A revision of a service as a cluster shall run it. */
export interface WorkloadRevision {
  id: string;
  number: number;
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
  /** How many replicas; undefined: as many as there are now. */
  replicas: number | undefined;
}

/** All of a service that shall be in a cluster: what it does not name is removed. */
export interface Workload {
  environmentId: string;
  account: string;
  serviceId: string;
  serviceName: string;
  revisions: readonly WorkloadRevision[];
  /** Ids of replicas that are the first to go when there are to be fewer. */
  leaving: readonly string[];
}

/** What a Pod shows of the replica that it is. */
export interface PodSighting extends ReplicaSighting {
  id: string;
  name: string;
  revisionId: string;
  restarts: number;
  leaving: boolean;
}

/** A target that starts, restarts and ends the replicas of a service by itself, once it was told how many. */
export interface WorkloadTarget {
  /** Replicas that are there. @throws DomainError `cluster_unreachable` or `cluster_forbidden` when that is not known. */
  pods(serviceId: string): Promise<PodSighting[]>;
  /** Why a revision has fewer replicas than asked for, where none could be made. */
  shortfall(serviceId: string, revisionId: string): ResourceError | undefined;
  /** Writes what differs. Returns whether everything is as it shall be. @throws DomainError */
  apply(workload: Workload): Promise<boolean>;
  /** Returns whether nothing of the service is left. @throws DomainError */
  remove(serviceId: string): Promise<boolean>;
  /** Services of which anything is there. @throws DomainError when that is not known. */
  services(): Promise<string[]>;
}
