import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ComputeTargets } from '../compute/compute-targets.js';
import { Wake } from './wake.js';
import { WorkQueueRepository } from './work-queue.repository.js';

/** Puts a service into the queue when something about its replicas or its image has changed. */
@Injectable()
export class TargetChanges implements OnApplicationBootstrap {
  constructor(
    private readonly queue: WorkQueueRepository,
    private readonly wake: Wake,
    private readonly targets: ComputeTargets,
  ) {}

  onApplicationBootstrap(): void {
    this.targets.onChange((serviceId) => void this.touch(serviceId));
  }

  private async touch(serviceId: string): Promise<void> {
    // A lost call is made up for by the next regular look.
    await this.queue.touch(serviceId).catch(() => undefined);
    this.wake.now();
  }
}
