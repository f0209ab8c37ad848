/** An object of the API, of which only what Slipway reads is typed. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}

/** Kinds that Slipway makes or looks at, with their group's path. */
export const kinds = {
  Deployment: { apiVersion: 'apps/v1', root: 'apis/apps/v1', plural: 'deployments' },
  NetworkPolicy: { apiVersion: 'networking.k8s.io/v1', root: 'apis/networking.k8s.io/v1', plural: 'networkpolicies' },
  Pod: { apiVersion: 'v1', root: 'api/v1', plural: 'pods' },
  PodDisruptionBudget: { apiVersion: 'policy/v1', root: 'apis/policy/v1', plural: 'poddisruptionbudgets' },
  Secret: { apiVersion: 'v1', root: 'api/v1', plural: 'secrets' },
  Service: { apiVersion: 'v1', root: 'api/v1', plural: 'services' },
  ServiceAccount: { apiVersion: 'v1', root: 'api/v1', plural: 'serviceaccounts' },
} as const;
export type Kind = keyof typeof kinds;

/** Kinds that Slipway applies, in the order in which they are made: what Pods need comes before them. */
export const appliedKinds = [
  'ServiceAccount',
  'NetworkPolicy',
  'Service',
  'PodDisruptionBudget',
  'Secret',
  'Deployment',
] as const satisfies Kind[];

/** Path of a collection, or of one object in it. */
export function pathOf(kind: Kind, namespace: string, name?: string): string {
  const { root, plural } = kinds[kind];
  const rest = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `/${root}/namespaces/${encodeURIComponent(namespace)}/${plural}${rest}`;
}
