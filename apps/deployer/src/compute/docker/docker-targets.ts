import type { DistributionClient } from '#slipway/oci';
import { DomainError, type Log } from '#slipway/platform';
import type { EnvironmentEntity } from '../../environments/environment.entity.js';
import type { TargetFactory } from '../compute-targets.js';
import type { ReplicaFolders } from '../process/replica-folders.js';
import { DockerEngine } from './docker-engine.adapter.js';
import { DockerTarget } from './docker-target.js';
import { ImageLoader } from './image-loader.js';

/** Makes the target of an environment whose `config.host` is the address of an engine of this machine. */
export const dockerTargets =
  (registry: DistributionClient, folders: ReplicaFolders, log: Log): TargetFactory =>
  ({ id, name, config }: EnvironmentEntity) => {
    const { host } = config;
    if (typeof host !== 'string' || !host.startsWith('unix://'))
      throw new DomainError(
        'not_supported',
        `environment '${name}' names the Docker Engine ${String(host)}; only one of this machine, by unix:///path, is supported`,
      );
    const engine = new DockerEngine(host);
    return new DockerTarget(engine, new ImageLoader(engine, registry), folders, id, log);
  };
