import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import type { CommandContext } from '#slipway/contracts';
import { Allow } from '../http/allow.decorator.js';
import { Ctx } from '../http/context.decorator.js';
import type { AuthenticatedRequest } from '../http/token.guard.js';
import { Valid } from '../http/validate.js';
import { FeedService } from './feed.service.js';

export const eventsQuery = z.strictObject({
  after: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  'api-version': z.string().max(64).optional(),
});

@Controller('api/v1/accounts/:account/events')
export class EventsController {
  constructor(private readonly feed: FeedService) {}

  /** A page of events; a stream of them when `text/event-stream` is asked for. */
  @Get()
  @Allow('events:read')
  async events(
    @Query(new Valid(eventsQuery, 'query')) query: z.output<typeof eventsQuery>,
    @Ctx() ctx: CommandContext,
    @Req() request: AuthenticatedRequest,
    @Res() response: Response,
  ): Promise<void> {
    if (request.headers.accept?.includes('text/event-stream'))
      await this.feed.stream(ctx.account, startOf(request, query.after), response);
    else response.json(await this.feed.page(ctx.account, query.after ?? 0, query.limit));
  }
}

/** `Last-Event-ID` of a reader that comes back goes before `after`. */
function startOf(request: AuthenticatedRequest, after: number | undefined): number | undefined {
  const last = request.headers['last-event-id'];
  return typeof last === 'string' && /^\d{1,15}$/.test(last) ? Number(last) : after;
}
