import { z } from 'zod';

const Toleration = z.strictObject({
  key: z.string().max(316).optional(),
  operator: z.enum(['Exists', 'Equal']).optional(),
  value: z.string().max(63).optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.int().nonnegative().optional(),
});

/** What an environment of target `kubernetes` keeps in its `config`. */
export const ClusterConfig = z.object({
  namespace: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'a namespace is a lower-case DNS label')
    .default('slipway'),
  /** Context of the kubeconfig; default: its current one. */
  context: z.string().min(1).max(253).optional(),
  /** `host:port` from which the nodes pull: Slipway's own registry, as they see it. */
  registry: z.string().min(1).max(253),
  /** Name of the Secret of type `kubernetes.io/dockerconfigjson` with which they do. */
  pullSecret: z.string().min(1).max(253).optional(),
  nodeSelector: z.record(z.string(), z.string()).default({}),
  tolerations: z.array(Toleration).default([]),
  /** Beyond cpu and memory, such as `{ "nvidia.com/gpu": "1" }`: asked for by each replica. */
  resources: z.record(z.string(), z.string().regex(/^\d+$/, 'an extra resource is a whole number')).default({}),
  /** Addresses of routers outside the cluster, as CIDR; those inside are known by their label. */
  routerCidrs: z.array(z.string()).default([]),
  /** Pods use the node's network, each revision at its own port above this one: for clusters without a pod network only. */
  hostNetworkPort: z.int().min(1_024).max(60_000).optional(),
});
export type ClusterConfig = z.output<typeof ClusterConfig>;
