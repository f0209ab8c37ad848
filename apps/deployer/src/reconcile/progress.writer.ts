import { Injectable } from '@nestjs/common';
import { Database } from '#slipway/platform';
import { OperationsRepository } from '../services/operations.repository.js';
import { replicasOf } from '../services/service.entity.js';
import type { Seen } from './seen.js';

/** While an image is fetched, so often it counts as progress. */
const fetchingCountsMs = 5_000;

/** Tells whoever waits for an operation what is being done now; what changes it is progress. */
@Injectable()
export class ProgressWriter {
  constructor(
    private readonly database: Database,
    private readonly operations: OperationsRepository,
  ) {}

  async write(seen: Seen): Promise<void> {
    const { operation } = seen;
    if (!operation) return;
    const text = progressText(seen);
    const fetching = seen.images.get(seen.service.targetRevisionId)?.state === 'preparing';
    const counts = fetching && seen.now.getTime() - operation.progressAt.getTime() > fetchingCountsMs;
    if (text === operation.progress && !counts) return;
    await this.database.transaction((tx) => this.operations.progress(tx, operation.id, text));
  }
}

export function progressText({ service, revisions, replicas, images }: Seen): string {
  const revision = revisions.get(service.targetRevisionId);
  if (!revision) return 'starting';
  const image = images.get(revision.id);
  const name = `${revision.image.name}:${revision.image.version}`;
  if (image?.state === 'preparing') return `fetching image ${name}`;
  if (image?.state === 'failed') return `image ${name} cannot be had yet: ${image.error.message}`;
  const ready = replicas.filter((replica) => replica.revisionId === revision.id && replica.state === 'Ready').length;
  const wanted = replicasOf(service);
  if (ready < wanted) return `starting revision ${revision.number}: ${ready} of ${wanted} replicas ready`;
  return `waiting for the routers to use revision ${revision.number}`;
}
