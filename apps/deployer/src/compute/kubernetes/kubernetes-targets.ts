import { type Clock, DomainError, type Log, type SealBox } from '#slipway/platform';
import { openCredentials } from '../../environments/environment-config.js';
import type { EnvironmentEntity } from '../../environments/environment.entity.js';
import type { TargetFactory } from '../compute-targets.js';
import { ClusterConfig } from './cluster-config.js';
import { ClusterSetup, pullSecretName } from './cluster-setup.js';
import { ClusterView } from './cluster-view.js';
import { watchTimes } from './kind-watch.js';
import { KubeClient } from './kube-client.adapter.js';
import { KubernetesTarget } from './kubernetes-target.js';

/** Makes the target of an environment whose `config` is a {@link ClusterConfig} and whose credentials hold a kubeconfig. */
export const kubernetesTargets =
  (seal: SealBox, clock: Clock, log: Log): TargetFactory =>
  (environment: EnvironmentEntity) => {
    const config = ClusterConfig.safeParse(environment.config);
    const { name, id } = environment;
    const credentials = openCredentials(seal, environment);
    if (!config.success || credentials.kubeconfig === undefined)
      throw new DomainError('cluster_forbidden', `environment '${name}' was not set up for a cluster; set it up anew`);
    const pullSecret = config.data.pullSecret ?? (credentials.registry ? pullSecretName(id) : undefined);
    const cluster = { ...config.data, ...(pullSecret !== undefined && { pullSecret }) };
    const client = new KubeClient(credentials.kubeconfig, cluster.context);
    const view = new ClusterView(client, cluster.namespace, id, watchTimes, clock, log);
    return new KubernetesTarget(client, view, cluster, new ClusterSetup(client, cluster, id, credentials.registry), log);
  };
