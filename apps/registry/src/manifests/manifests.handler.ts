import { Controller } from '@nestjs/common';
import {
  type CommandContext,
  CreateManifest,
  GetManifest,
  ListManifests,
  type Manifest,
  type Page,
  type RequestOf,
} from '#slipway/contracts';
import { Handles } from '#slipway/platform';
import { ManifestsService } from './manifests.service.js';

@Controller()
export class ManifestsHandler {
  constructor(private readonly manifests: ManifestsService) {}

  @Handles(CreateManifest)
  create(input: RequestOf<typeof CreateManifest>, ctx: CommandContext): Promise<Manifest> {
    return this.manifests.create(input, ctx);
  }

  @Handles(GetManifest)
  get(input: RequestOf<typeof GetManifest>, ctx: CommandContext): Promise<Manifest> {
    return this.manifests.get(input.ref, ctx);
  }

  @Handles(ListManifests)
  list(input: RequestOf<typeof ListManifests>, ctx: CommandContext): Promise<Page<Manifest>> {
    return this.manifests.list(input, ctx);
  }
}
