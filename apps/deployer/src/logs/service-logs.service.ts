import { Inject, Injectable } from '@nestjs/common';
import { type Clock, CLOCK } from '#slipway/platform';
import { ReplicaFolders } from '../compute/process/replica-folders.js';
import { ReplicasRepository } from '../services/replicas.repository.js';
import { ServiceReferences } from '../services/service-references.js';
import { byTime, type LogLine } from './log-line.js';
import { ReplicaLog } from './replica-log.js';

export interface LogRequest {
  account: string | undefined;
  ref: string;
  maxLines: number;
  requestId: string | undefined;
  /** Only replicas that have ended. */
  previous: boolean;
  follow: boolean;
}

const lookMs = 250;
/** New replicas are looked for at every so many looks. */
const looksPerSearch = 4;

/** What the replicas of a service wrote, also those that ended, as one sequence in the order of time. */
@Injectable()
export class ServiceLogsService {
  constructor(
    private readonly references: ServiceReferences,
    private readonly replicas: ReplicasRepository,
    private readonly folders: ReplicaFolders,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws DomainError `not_found` before the first line. */
  async open(request: LogRequest, signal: AbortSignal): Promise<AsyncGenerator<LogLine[]>> {
    const service = await this.references.get(request.account, request.ref);
    return this.lines(service.id, request, signal);
  }

  private async *lines(serviceId: string, request: LogRequest, signal: AbortSignal): AsyncGenerator<LogLine[]> {
    const open = new Map<string, ReplicaLog>();
    try {
      yield await this.newest(serviceId, request, open);
      for (let look = 1; request.follow && !signal.aborted; look += 1) {
        await this.clock.sleep(lookMs, signal).catch(() => undefined);
        if (look % looksPerSearch === 0) await this.search(serviceId, request, open);
        const fresh = await Promise.all([...open.values()].map((log) => log.next()));
        if (fresh.some((lines) => lines.length > 0)) yield fresh.flat().sort(byTime);
      }
    } finally {
      await Promise.all([...open.values()].map((log) => log.close()));
    }
  }

  /** Young replicas first, so that files which are older than enough lines need not be read. */
  private async newest(serviceId: string, request: LogRequest, open: Map<string, ReplicaLog>): Promise<LogLine[]> {
    let lines: LogLine[] = [];
    const traces = await this.replicas.traces(serviceId, request.previous);
    for (const { id, revision, state } of traces.reverse()) {
      const log = new ReplicaLog({ id, revision, folder: this.folders.logs(id) }, request.requestId);
      const since = lines.length < request.maxLines ? '' : (lines[0]?.time ?? '');
      lines = [...lines, ...(await log.newest(request.maxLines, since))].sort(byTime).slice(-request.maxLines);
      if (request.follow && state !== 'Gone') open.set(id, log);
      else await log.close();
    }
    return lines;
  }

  private async search(serviceId: string, request: LogRequest, open: Map<string, ReplicaLog>): Promise<void> {
    const traces = await this.replicas.traces(serviceId, request.previous);
    for (const { id, revision, state } of traces) {
      if (!open.has(id) && state !== 'Gone')
        open.set(id, new ReplicaLog({ id, revision, folder: this.folders.logs(id) }, request.requestId));
    }
  }
}
