import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { TokensService } from './tokens.service.js';

/** The owner's token exists before the first request is taken. */
@Injectable()
export class OwnerBootstrap implements OnApplicationBootstrap {
  constructor(private readonly tokens: TokensService) {}

  onApplicationBootstrap(): Promise<void> {
    return this.tokens.ensureOwner();
  }
}
