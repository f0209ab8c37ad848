import { type Clock, DomainError, type Log, type SealBox } from '#slipway/platform';
import { openCredentials } from '../../environments/environment-config.js';
import type { EnvironmentEntity } from '../../environments/environment.entity.js';
import type { TargetFactory } from '../compute-targets.js';
import { ClusterConfig } from './cluster-config.js';
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
    const { kubeconfig } = openCredentials(seal, environment);
    if (!config.success || kubeconfig === undefined)
      throw new DomainError('cluster_forbidden', `environment '${name}' was not set up for a cluster; set it up anew`);
    const client = new KubeClient(kubeconfig, config.data.context);
    return new KubernetesTarget(
      client,
      new ClusterView(client, config.data.namespace, id, watchTimes, clock, log),
      config.data,
      log,
    );
  };
