import { Injectable } from '@nestjs/common';
import type { ResourceError } from '#slipway/contracts';
import { failpoint } from '#slipway/platform';
import { RoutePublisher } from '../routes/route.publisher.js';
import { ClusterTrouble } from './cluster-trouble.js';
import { describeFailure, failureLines } from './failure.js';
import { type Action, nextLook, planService } from './plan.js';
import { PlanWriter } from './plan.writer.js';
import { ProgressWriter } from './progress.writer.js';
import { ReplicaStarter } from './replica.starter.js';
import { handleOf, type Seen } from './seen.js';
import { ServiceObserver } from './service.observer.js';
import { type Lease, StaleLease } from './work-queue.repository.js';
import { nextWorkloadLook, planWorkload } from './workload.plan.js';
import { WorkloadWriter } from './workload.writer.js';

/** A route that the bus has not taken yet is offered again after this long. */
const publishAgainMs = 500;

/** Brings one service a step nearer to what is wanted of it; every step may be the first after a crash. */
@Injectable()
export class ServiceReconciler {
  constructor(
    private readonly observer: ServiceObserver,
    private readonly writer: PlanWriter,
    private readonly progress: ProgressWriter,
    private readonly starter: ReplicaStarter,
    private readonly workloads: WorkloadWriter,
    private readonly trouble: ClusterTrouble,
    private readonly routes: RoutePublisher,
  ) {}

  /** Returns after how many milliseconds the service is to be looked at again; undefined: never. */
  async reconcile(lease: Lease): Promise<number | undefined> {
    try {
      return await this.step(lease);
    } catch (error) {
      const again = error instanceof StaleLease ? undefined : await this.trouble.write(lease, error);
      if (again === undefined) throw error;
      return again;
    }
  }

  private async step(lease: Lease): Promise<number | undefined> {
    const look = await this.observer.look(lease);
    if (!look) return undefined;
    const { seen, desired, observed } = look;
    const { workloads } = seen.target;
    await this.routes.catchUp(seen.service);
    let plan = (workloads ? planWorkload : planService)(desired, observed);
    if (workloads && plan.some((action) => action.do === 'finish deletion') && !(await workloads.remove(lease.serviceId)))
      plan = plan.filter((action) => action.do !== 'finish deletion');

    await this.end(seen, plan);
    const written = await this.writer.write(lease, seen, plan, await this.explain(seen, plan));
    if (!written) return 0;
    await failpoint('deployer.after_plan');
    this.routes.publish(written.service);
    await this.progress.write(seen);
    for (const replica of written.starting) await this.starter.start(lease, seen, replica);
    for (const id of written.forgotten) await seen.target.discard(id);

    if (written.service.goneAt) return undefined;
    const next = workloads
      ? nextWorkloadLook(observed, plan, await this.workloads.write(lease, seen, desired, observed, plan))
      : nextLook(observed, plan);
    return written.service.routePublished < written.service.routeVersion ? Math.min(next, publishAgainMs) : next;
  }

  /** Signals come before their row says so: one that is sent twice does less harm than one that is never sent. */
  private async end(seen: Seen, plan: readonly Action[]): Promise<void> {
    for (const action of plan) {
      if (action.do !== 'stop' && action.do !== 'kill') continue;
      const replica = seen.replicas.find((one) => one.id === action.replica);
      if (replica) await seen.target[action.do](handleOf(replica));
    }
  }

  private async explain(seen: Seen, plan: readonly Action[]): Promise<ResourceError | undefined> {
    const failure = plan.find((action) => action.do === 'give up');
    if (!failure) return undefined;
    const lines = failure.replica === undefined ? [] : await seen.target.lastLines(failure.replica, failureLines);
    return describeFailure(failure, seen, lines);
  }
}
