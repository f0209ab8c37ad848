import { Controller, Get, Headers, HttpCode, Param, Post } from '@nestjs/common';
import { InternalAuth } from '../auth/internal-auth.js';
import { type DeadLetter, DeadLetters } from '../bus/dead-letters.js';
import { EventServer } from '../bus/event.server.js';
import { DomainError } from '../errors.js';
import { Open } from './internal.guard.js';

/**
 * Parked messages of this service, for the installation's own tools. It checks its caller itself, because the gateway's
 * guard knows users and not services.
 */
@Open()
@Controller('internal/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly letters: DeadLetters,
    private readonly events: EventServer,
    private readonly auth: InternalAuth,
  ) {}

  @Get()
  async list(@Headers('authorization') authorization?: string): Promise<{ value: DeadLetter[] }> {
    await this.requireSystem(authorization);
    return { value: await this.letters.list() };
  }

  @Post(':id/replay')
  @HttpCode(204)
  async replay(@Param('id') id: string, @Headers('authorization') authorization?: string): Promise<void> {
    await this.requireSystem(authorization);
    await this.events.replay(id);
  }

  private async requireSystem(authorization: string | undefined): Promise<void> {
    const { roles } = await this.auth.authenticate(authorization);
    if (!roles.includes('system'))
      throw new DomainError('forbidden', 'only the installation itself may read and replay dead letters');
  }
}
