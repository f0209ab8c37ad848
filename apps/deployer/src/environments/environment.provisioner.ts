import { Injectable } from '@nestjs/common';
import {
  EnvironmentDeleted,
  EnvironmentFailed,
  EnvironmentReady,
  type EnvironmentCheck,
  type ResourceError,
} from '#slipway/contracts';
import { Database, failpoint, toResourceError, type Transaction } from '#slipway/platform';
import { ComputeTargets } from '../compute/compute-targets.js';
import { EnvironmentChecks, errorsOf } from './environment-checks.js';
import { EnvironmentFacts } from './environment-facts.js';
import { type EnvironmentLease, EnvironmentQueueRepository } from './environment-queue.repository.js';
import type { EnvironmentEntity } from './environment.entity.js';
import { EnvironmentsRepository } from './environments.repository.js';

/** Tries of a part that does not answer. */
const maxAttempts = 3;
const retryMs = 1_000;
/** Between two looks at services that are still ending. */
const emptyAgainMs = 500;
const passing = new Set(['service_unavailable', 'deadline_exceeded', 'bad_gateway', 'cluster_unreachable']);

/** Brings an environment to what its row says, one try at a time; every try may be the first after a crash. */
@Injectable()
export class EnvironmentProvisioner {
  constructor(
    private readonly database: Database,
    private readonly environments: EnvironmentsRepository,
    private readonly queue: EnvironmentQueueRepository,
    private readonly checks: EnvironmentChecks,
    private readonly targets: ComputeTargets,
    private readonly facts: EnvironmentFacts,
  ) {}

  /** Returns after how many milliseconds to try again; undefined when there is nothing left to do. */
  async provision(lease: EnvironmentLease): Promise<number | undefined> {
    const environment = await this.environments.get(lease.environmentId);
    if (environment?.provisioningState === 'Deleting') return this.remove(lease, environment);
    const working = environment?.provisioningState === 'Creating' || environment?.provisioningState === 'Updating';
    if (!environment || !working) {
      await this.database.transaction((tx) => this.queue.finish(tx, lease));
      return undefined;
    }
    const errors = await this.setUp(environment);
    await failpoint('deployer.after_environment');
    if (errors.length > 0 && lease.attempt < maxAttempts && errors.every((error) => passing.has(error.code))) {
      await this.database.transaction((tx) => this.facts.progress(environment.id, errors[0]!.message, tx));
      return retryMs * lease.attempt;
    }
    return this.settle(lease, environment, errors);
  }

  /** Tries the parts, then puts there what the target needs. */
  private async setUp(environment: EnvironmentEntity): Promise<ResourceError[]> {
    const checks: EnvironmentCheck[] = await this.checks.run(environment);
    const errors = errorsOf(checks);
    if (errors.length > 0) return errors;
    try {
      await this.targets.trial(environment, (target) => target.install());
      return [];
    } catch (error) {
      return [toResourceError(error)];
    }
  }

  private async settle(lease: EnvironmentLease, seen: EnvironmentEntity, errors: ResourceError[]): Promise<number | undefined> {
    return this.database.transaction(async (tx) => {
      const environment = await this.environments.lock(tx, seen.id);
      // Somebody has changed or deleted it meanwhile: it is looked at again.
      if (!environment || environment.rowVersion !== seen.rowVersion) return 0;
      await this.queue.finish(tx, lease);
      const failed = errors.length > 0;
      const changed = await this.facts.change(tx, environment, {
        provisioningState: failed ? 'Failed' : 'Succeeded',
        provisioningErrors: errors,
        error: errors[0] ?? null,
      });
      await this.tell(tx, changed, errors);
      await this.facts.endOperation(tx, environment.id, failed ? 'Failed' : 'Succeeded', summary(changed.name, errors));
      return undefined;
    });
  }

  private async tell(tx: Transaction, environment: EnvironmentEntity, errors: ResourceError[]): Promise<void> {
    const cause = await this.facts.cause(tx, environment);
    const { id, name, target } = environment;
    if (errors.length > 0) await this.facts.tell(tx, environment, EnvironmentFailed, { id, name, target, errors }, cause);
    else await this.facts.tell(tx, environment, EnvironmentReady, { id, name, target }, cause);
  }

  /** What was put there is taken away; a cluster that is gone keeps it, and the environment goes all the same. */
  private async remove(lease: EnvironmentLease, environment: EnvironmentEntity): Promise<number | undefined> {
    if ((await this.environments.servicesLeft(environment.id)) > 0) return emptyAgainMs;
    const left = await this.targets
      .trial(environment, (target) => target.uninstall())
      .then(
        () => undefined,
        (error: unknown) => toResourceError(error),
      );
    if (left && lease.attempt < maxAttempts) return retryMs * lease.attempt;
    await this.database.transaction(async (tx) => {
      await this.queue.finish(tx, lease);
      const gone = await this.facts.change(tx, environment, { error: left ?? null });
      const { id, name, target } = gone;
      await this.facts.tell(tx, gone, EnvironmentDeleted, { id, name, target }, await this.facts.cause(tx, gone));
      await this.facts.endOperation(tx, id, 'Succeeded', null);
      await this.environments.remove(tx, id);
    });
    return undefined;
  }
}

function summary(name: string, errors: readonly ResourceError[]): ResourceError | null {
  const [first, ...others] = errors;
  if (!first) return null;
  return {
    code: first.code,
    message: `environment '${name}' could not be set up: ${first.message}`,
    details: others.map(({ code, message }) => ({ code, message })),
  };
}
