import { Injectable } from '@nestjs/common';
import { ImagesRepository } from '../images/images.repository.js';
import { BuildLogs } from './build-logs.adapter.js';

/** Tells people how far a build is: in the logs of its images and on their operations. */
@Injectable()
export class BuildProgress {
  constructor(
    private readonly images: ImagesRepository,
    private readonly logs: BuildLogs,
  ) {}

  say(imageIds: readonly string[], line: string): void {
    for (const id of imageIds) this.logs.append(id, line);
  }

  async report(buildId: string, imageIds: readonly string[], text: string): Promise<void> {
    this.say(imageIds, text);
    await this.images.setProgress(buildId, text.length > 200 ? `${text.slice(0, 197)}...` : text);
  }
}
