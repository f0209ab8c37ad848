import { Injectable } from '@nestjs/common';
import { Log } from '#slipway/platform';
import { ImagesRepository } from '../images/images.repository.js';
import { BuildLogs } from './build-logs.adapter.js';

/** Tells people how far a build is: in the logs of its images and on their operations. */
@Injectable()
export class BuildProgress {
  private readonly log: Log;

  constructor(
    private readonly images: ImagesRepository,
    private readonly logs: BuildLogs,
    log: Log,
  ) {
    this.log = log.for('builds');
  }

  say(imageIds: readonly string[], line: string): void {
    for (const id of imageIds) this.logs.append(id, line);
  }

  async report(buildId: string, imageIds: readonly string[], text: string): Promise<void> {
    this.say(imageIds, text);
    try {
      await this.images.setProgress(buildId, text.length > 200 ? `${text.slice(0, 197)}...` : text);
    } catch (error) {
      // A build of minutes does not end because the database was away when it had something to tell.
      this.log.warn('the progress of a build could not be written', { resource: buildId }, error);
    }
  }
}
