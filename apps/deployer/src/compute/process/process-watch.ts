import { isRunning, type ProcessIdentity } from './process-identity.js';

const lookMs = 500;

/** Notices the end of processes that are no children of ours. */
export class ProcessWatch {
  private readonly watched = new Map<string, { identity: ProcessIdentity; serviceId: string }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly ended: (serviceId: string) => void) {}

  add(replicaId: string, identity: ProcessIdentity, serviceId: string): void {
    this.watched.set(replicaId, { identity, serviceId });
    this.timer ??= setInterval(() => void this.look(), lookMs).unref();
  }

  remove(replicaId: string): void {
    this.watched.delete(replicaId);
  }

  private async look(): Promise<void> {
    for (const [replicaId, { identity, serviceId }] of this.watched) {
      if (await isRunning(identity)) continue;
      this.watched.delete(replicaId);
      this.ended(serviceId);
    }
  }
}
