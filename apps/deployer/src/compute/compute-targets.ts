import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Environment } from '#slipway/contracts';
import { DomainError } from '#slipway/platform';
import type { EnvironmentEntity } from '../environments/environment.entity.js';
import { EnvironmentsRepository } from '../environments/environments.repository.js';
import type { ComputeTarget } from './compute-target.port.js';

/** Makes the target of an environment from its row. @throws DomainError when it cannot be had as the row says. */
export type TargetFactory = (environment: EnvironmentEntity) => ComputeTarget | Promise<ComputeTarget>;

/** The target of each environment: made when it is first asked for, and anew when the environment has changed. */
@Injectable()
export class ComputeTargets implements OnApplicationShutdown {
  private readonly made = new Map<string, { rowVersion: number; target: Promise<ComputeTarget> }>();
  private listener: (serviceId: string) => void = () => undefined;

  constructor(
    private readonly environments: EnvironmentsRepository,
    private readonly factories: Partial<Record<Environment['target'], TargetFactory>>,
  ) {}

  /** @throws DomainError `not_found`, and what the target's factory throws. */
  async of(environmentId: string): Promise<ComputeTarget> {
    const environment = await this.environments.get(environmentId);
    if (!environment) {
      await this.forget(environmentId);
      throw new DomainError('not_found', `there is no environment ${environmentId}; it was deleted`);
    }
    const known = this.made.get(environmentId);
    if (known?.rowVersion === environment.rowVersion) return known.target;
    const target = this.make(environment);
    this.made.set(environmentId, { rowVersion: environment.rowVersion, target });
    target.catch(() => this.made.delete(environmentId));
    await close(known?.target);
    return target;
  }

  /** Works with a target as this row would make it, whatever the one in use was made from. */
  async trial<T>(environment: EnvironmentEntity, work: (target: ComputeTarget) => Promise<T>): Promise<T> {
    const target = await this.make(environment);
    try {
      return await work(target);
    } finally {
      await target.close();
    }
  }

  /** Calls back with a service's id when something about its replicas or image changed, in any environment. */
  onChange(listener: (serviceId: string) => void): void {
    this.listener = listener;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.made.keys()].map((id) => this.forget(id)));
  }

  private async make(environment: EnvironmentEntity): Promise<ComputeTarget> {
    const factory = this.factories[environment.target];
    if (!factory)
      throw new DomainError(
        'not_supported',
        `environment '${environment.name}' has target ${environment.target}, not known here`,
      );
    const target = await factory(environment);
    target.onChange((serviceId) => this.listener(serviceId));
    return target;
  }

  private async forget(environmentId: string): Promise<void> {
    const known = this.made.get(environmentId);
    this.made.delete(environmentId);
    await close(known?.target);
  }
}

/** One that could not be made has nothing to close. */
async function close(target: Promise<ComputeTarget> | undefined): Promise<void> {
  await target?.then(
    (made) => made.close(),
    () => undefined,
  );
}
