import { Controller } from '@nestjs/common';
import { type CommandContext, CreateImage, GetImage, GetImageOperation, ListImages, type RequestOf } from '#slipway/contracts';
import { Handles } from '#slipway/platform';
import { ImagesService } from './images.service.js';

@Controller()
export class ImagesHandler {
  constructor(private readonly images: ImagesService) {}

  @Handles(CreateImage)
  create(input: RequestOf<typeof CreateImage>, ctx: CommandContext) {
    return this.images.create(input, ctx);
  }

  @Handles(GetImage)
  get(input: RequestOf<typeof GetImage>, ctx: CommandContext) {
    return this.images.get(input.ref, ctx);
  }

  @Handles(ListImages)
  list(input: RequestOf<typeof ListImages>, ctx: CommandContext) {
    return this.images.list(input, ctx);
  }

  @Handles(GetImageOperation)
  operation(input: RequestOf<typeof GetImageOperation>, ctx: CommandContext) {
    return this.images.operation(input.id, ctx);
  }
}
