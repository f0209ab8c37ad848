import { Injectable } from '@nestjs/common';
import { ImageBuilt, ImageBuildFailed, type ResourceError } from '#slipway/contracts';
import { Database, failpoint, Outbox } from '#slipway/platform';
import type { BuildResult } from '../assembly/build-result.js';
import { BuildLogs } from '../builds/build-logs.adapter.js';
import { BuildsRepository, type ClaimedBuild } from '../builds/builds.repository.js';
import type { ImageRow } from './image.entity.js';
import { locationOf } from './image-view.js';
import { ImagesRepository } from './images.repository.js';

/** What becomes of the images that wait for a build. Each step is one transaction of the build's holder. */
@Injectable()
export class ImageOutcomes {
  constructor(
    private readonly database: Database,
    private readonly builds: BuildsRepository,
    private readonly images: ImagesRepository,
    private readonly outbox: Outbox,
    private readonly logs: BuildLogs,
  ) {}

  /** Images that wait, all of them now `Running`. */
  start(build: ClaimedBuild): Promise<ImageRow[]> {
    return this.database.transaction(async (tx) => {
      await this.builds.lock(tx, build);
      const rows: ImageRow[] = [];
      for (const image of await this.images.waitingFor(tx, build.id)) {
        rows.push(image.state === 'Running' ? image : await this.images.change(tx, image, { state: 'Running' }, 'starting'));
      }
      return rows;
    });
  }

  /** Keeps what the build made, so that it is made once. */
  async keep(build: ClaimedBuild, result: BuildResult | null): Promise<void> {
    await failpoint('builder.before_build_commit');
    await this.database.transaction(async (tx) => {
      await this.builds.lock(tx, build);
      await this.builds.saveResult(tx, build, result);
    });
    await failpoint('builder.after_build_commit');
  }

  async succeed(build: ClaimedBuild, image: ImageRow, result: BuildResult): Promise<void> {
    this.logs.append(image.id, `image ${locationOf(image)} is ${result.digest}`, true);
    await failpoint('builder.before_image_commit');
    await this.database.transaction(async (tx) => {
      await this.builds.lock(tx, build);
      const waiting = (await this.images.waitingFor(tx, build.id)).find(({ id }) => id === image.id);
      if (!waiting) return;
      const row = await this.images.change(tx, waiting, { state: 'Succeeded', digest: result.digest }, 'done');
      const { id, name, version, manifestId } = row;
      const data = {
        id,
        name,
        version,
        manifestId,
        digest: result.digest,
        imageLocation: locationOf(row),
        modelIds: row.manifest.modelIds,
      };
      await this.outbox.append(tx, ImageBuilt, { id, version: row.rowVersion }, data, causeOf(row));
    });
    await failpoint('builder.after_image_commit');
  }

  /** Fails every image that waits and takes the build out of the queue. */
  async fail(build: ClaimedBuild, error: ResourceError): Promise<void> {
    await failpoint('builder.before_failure_commit');
    await this.database.transaction(async (tx) => {
      await this.builds.lock(tx, build);
      for (const image of await this.images.waitingFor(tx, build.id)) {
        const details =
          error.details.length > 0 ? error.details : this.logs.tail(image.id).map((message) => ({ code: 'log', message }));
        const own = { ...error, details };
        this.logs.append(image.id, `failed: ${error.message}`, true);
        const row = await this.images.change(tx, image, { state: 'Failed', error: own }, 'failed');
        const { id, name, version, manifestId } = row;
        await this.outbox.append(
          tx,
          ImageBuildFailed,
          { id, version: row.rowVersion },
          { id, name, version, manifestId, error: own },
          causeOf(row),
        );
      }
      await this.builds.close(tx, build, 'failed');
    });
  }

  /** Takes the build out of the queue unless an image came meanwhile. */
  close(build: ClaimedBuild): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      await this.builds.lock(tx, build);
      if ((await this.images.waitingFor(tx, build.id)).length > 0) return false;
      await this.builds.close(tx, build, 'built');
      return true;
    });
  }
}

const causeOf = (row: ImageRow) => ({ account: row.account, actor: row.createdBy, correlationId: row.correlationId });
