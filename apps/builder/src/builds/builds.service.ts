import { Injectable } from '@nestjs/common';
import { backoff, DomainError, failpoint, Log, toResourceError, withLogContext } from '#slipway/platform';
import type { BuildResult } from '../assembly/build-result.js';
import type { ImageRow } from '../images/image.entity.js';
import { ImageOutcomes } from '../images/image-outcomes.service.js';
import { repositoryOf } from '../images/image-view.js';
import { ImageStore, LayerMissingError } from '../registry/image-store.adapter.js';
import { DiskSpace } from '../tools/disk-space.adapter.js';
import { Workspace } from '../tools/workspace.adapter.js';
import type { BuildContext } from './build-context.js';
import { BuildPipeline } from './build.pipeline.js';
import { BuildProgress } from './build-progress.js';
import { BuildsRepository, type ClaimedBuild, LeaseLostError } from './builds.repository.js';
import { judge } from './failure.js';

/** Tries of a build whose failures may pass; the pauses between them grow. */
const maxAttempts = 5;

/** Works on a build that this process holds: makes the image once, then publishes it for each record that waits. */
@Injectable()
export class BuildsService {
  private readonly log: Log;

  constructor(
    private readonly builds: BuildsRepository,
    private readonly outcomes: ImageOutcomes,
    private readonly pipeline: BuildPipeline,
    private readonly store: ImageStore,
    private readonly progress: BuildProgress,
    private readonly place: { workspace: Workspace; disk: DiskSpace; timeoutMs: number },
    log: Log,
  ) {
    this.log = log.for('builds');
  }

  /** @param signal aborted when the service stops (the build is put back) or its lease is lost (somebody else has it) */
  async work(build: ClaimedBuild, signal: AbortSignal): Promise<void> {
    try {
      const images = await this.outcomes.start(build);
      const correlationId = images[0]?.correlationId ?? build.id;
      await withLogContext({ correlationId, account: build.account }, () => this.run(build, images, signal));
    } catch (error) {
      await this.afterFailure(build, error, signal);
    }
  }

  private async run(build: ClaimedBuild, first: ImageRow[], signal: AbortSignal): Promise<void> {
    const result = build.result ?? (first.length > 0 ? await this.make(build, first, signal) : undefined);
    const made = new Set(build.result ? [] : first.map(({ id }) => id));
    for (;;) {
      const images = await this.outcomes.start(build);
      if (images.length === 0 && (await this.outcomes.close(build))) return;
      for (const image of images) {
        if (!result) throw new Error(`build ${build.id} has images and no result`);
        if (!made.has(image.id)) this.progress.say([image.id], 'this manifest was built before; that result is used');
        await this.publish(build, image, result, signal);
      }
    }
  }

  private async make(build: ClaimedBuild, images: ImageRow[], signal: AbortSignal): Promise<BuildResult> {
    await this.place.disk.require();
    const folder = await this.place.workspace.open(`${build.id}-${build.leaseEpoch}`);
    const limit = timeLimit(this.place.timeoutMs);
    try {
      const result = await this.pipeline.build(this.contextOf(build, images, folder, AbortSignal.any([signal, limit.signal])));
      await this.outcomes.keep(build, result);
      return result;
    } catch (error) {
      throw limit.signal.aborted ? limit.signal.reason : error;
    } finally {
      limit.end();
      await this.place.workspace.remove(folder);
    }
  }

  private contextOf(build: ClaimedBuild, images: ImageRow[], folder: string, signal: AbortSignal): BuildContext {
    const ids = images.map(({ id }) => id);
    return {
      account: build.account,
      manifest: build.manifest,
      repository: repositoryOf(images[0]!),
      folder,
      timeoutMs: this.place.timeoutMs,
      signal,
      say: (line) => this.progress.say(ids, line),
      progress: (text) => this.progress.report(build.id, ids, text),
    };
  }

  private async publish(build: ClaimedBuild, image: ImageRow, result: BuildResult, signal: AbortSignal): Promise<void> {
    await this.progress.report(build.id, [image.id], 'publishing');
    await failpoint('builder.before_publish');
    try {
      await this.store.publish(repositoryOf(image), String(image.version), result, signal);
    } catch (error) {
      const lost = layerLostBy(error);
      if (lost && lost.layer.kind !== 'model') await this.outcomes.keep(build, null);
      throw error;
    }
    await failpoint('builder.after_publish');
    await this.outcomes.succeed(build, image, result);
    this.log.info('an image was built', { image: image.id, digest: result.digest });
  }

  private async afterFailure(build: ClaimedBuild, error: unknown, signal: AbortSignal): Promise<void> {
    if (error instanceof LeaseLostError || signal.reason instanceof LeaseLostError) {
      this.log.warn('a build was taken by another builder', { resource: build.id });
      return;
    }
    if (signal.aborted) return this.builds.requeue(build, 0, build.attempts);
    const lost = layerLostBy(error);
    const { kind, error: cause } =
      lost && lost.layer.kind !== 'model' ? { kind: 'unknown' as const, error } : judge(lost ?? error);
    const attempt = build.attempts + 1;
    if (kind === 'verdict' || attempt >= (kind === 'unknown' ? 2 : maxAttempts)) {
      if (!(cause instanceof DomainError)) this.log.error('a build failed', { resource: build.id }, cause);
      return this.outcomes.fail(build, toResourceError(cause));
    }
    const delayMs = Math.round(backoff(attempt, 500, 30_000));
    this.log.warn('a build will be tried again', { resource: build.id, attempt, delayMs }, cause);
    await this.builds.requeue(build, delayMs, attempt);
  }
}

/** The client may have wrapped what the source of a layer threw. */
function layerLostBy(error: unknown): LayerMissingError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof LayerMissingError) return at;
  return undefined;
}

function timeLimit(ms: number): { signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const message = `the build took longer than ${Math.round(ms / 1000)} s and was ended; use fewer or smaller packages, or raise SLIPWAY_BUILD_TIMEOUT_SECONDS`;
  const timer = setTimeout(() => controller.abort(new DomainError('deadline_exceeded', message)), ms);
  return { signal: controller.signal, end: () => clearTimeout(timer) };
}
