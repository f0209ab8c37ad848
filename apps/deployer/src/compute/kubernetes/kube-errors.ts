import type { ErrorDetail } from '#slipway/contracts';
import { DomainError } from '#slipway/platform';

/** What the API server answered instead of what was asked for. */
export class KubeRefusal extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly causes: readonly { reason?: string; message?: string; field?: string }[] = [],
    /** How long it asks to be left alone, milliseconds. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

/** A field of one of our objects that somebody else claims. */
export interface FieldConflict {
  manager: string;
  field: string;
  /** Set by hand or by a program that does not apply: it claims nothing for the future. */
  passing: boolean;
}

/** Programs that set fields without applying, and do so again whenever they are set back. */
const insistent = new Set(['kube-controller-manager', 'vpa-updater', 'keda-operator']);

/** Reads who claims which field from the refusal of an apply; empty for any other refusal. */
export function fieldConflicts(refusal: KubeRefusal): FieldConflict[] {
  return refusal.causes
    .filter((cause) => cause.reason === 'FieldManagerConflict')
    .map(({ message = '', field = '' }) => {
      const manager = /"((?:[^"\\]|\\.)*)"/.exec(message)?.[1] ?? 'unknown';
      // Only managers that update say which version of the API they used.
      return { manager, field, passing: / using \S+/.test(message) && !insistent.has(manager) };
    });
}

/** The error of a service for what a cluster refused. `what` names the call, such as `apply Deployment sw-iris-1`. */
export function toClusterError(error: unknown, what: string, namespace: string): DomainError {
  if (error instanceof DomainError) return error;
  const options = { cause: error };
  if (!(error instanceof KubeRefusal)) {
    const reason = error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error);
    return new DomainError(
      'cluster_unreachable',
      `the cluster does not answer (${what}: ${reason}); replicas go on, see that its API server is up and its address is right`,
      [],
      options,
    );
  }
  const { status, message } = error;
  if (status === 403 && /exceeded quota/.test(message))
    return new DomainError('quota_exceeded', `the quota of namespace ${namespace} is used up: ${message}`, [], options);
  if (status === 401 || status === 403)
    return new DomainError(
      'cluster_forbidden',
      `the cluster refuses to ${what} (${message}); give the environment's account this right, or set up the environment anew`,
      [],
      options,
    );
  const conflicts = fieldConflicts(error);
  if (conflicts.length > 0) {
    const details: ErrorDetail[] = conflicts.map(({ manager, field }) => ({ code: manager, message: field }));
    const who = conflicts.map(({ manager, field }) => `${field} belongs to '${manager}'`).join(', ');
    const message = `cannot ${what}: ${who}; take that field out of what '${conflicts[0]!.manager}' applies`;
    return new DomainError('conflict', message, details, options);
  }
  if (status === 409) return new DomainError('conflict', `${what} came too late: ${message}`, [], options);
  if (status === 429 || status >= 500)
    return new DomainError('cluster_unreachable', `the cluster cannot ${what} now: ${status} ${message}`, [], options);
  return new DomainError('rollout_failed', `the cluster refuses to ${what}: ${message}`, [], options);
}
