import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { type DeadLetter, DeadLetters } from '../bus/dead-letters.js';
import { EventServer } from '../bus/event.server.js';
import type { InternalCaller } from '../auth/internal-auth.js';
import { DomainError } from '../errors.js';
import { Caller } from './internal.guard.js';

/** Parked messages of this service, for the installation's own tools. */
@Controller('internal/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly letters: DeadLetters,
    private readonly events: EventServer,
  ) {}

  @Get()
  async list(@Caller() caller: InternalCaller): Promise<{ value: DeadLetter[] }> {
    requireSystem(caller);
    return { value: await this.letters.list() };
  }

  @Post(':id/replay')
  @HttpCode(204)
  async replay(@Param('id') id: string, @Caller() caller: InternalCaller): Promise<void> {
    requireSystem(caller);
    await this.events.replay(id);
  }
}

function requireSystem(caller: InternalCaller): void {
  if (!caller.roles.includes('system'))
    throw new DomainError('forbidden', 'only the installation itself may read and replay dead letters');
}
