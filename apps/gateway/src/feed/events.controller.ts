import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import type { CommandContext, FeedEntry } from '#slipway/contracts';
import { DomainError } from '#slipway/platform';
import { Allow } from '../http/allow.decorator.js';
import { Ctx } from '../http/context.decorator.js';
import { Links } from '../http/links.js';
import { onlyVersion, wholeNumber } from '../http/list-query.js';
import type { AuthenticatedRequest } from '../http/token.guard.js';
import { Valid } from '../http/validate.js';
import { EventStream } from './event-stream.adapter.js';
import { FeedService } from './feed.service.js';

export const eventsQuery = onlyVersion.extend({
  /** A position; what came after it is wanted. */
  after: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  limit: wholeNumber(1, 1000).default(100),
});

@Controller('api/v1/accounts/:account/events')
export class EventsController {
  constructor(
    private readonly feed: FeedService,
    private readonly links: Links,
  ) {}

  /** A page of events; a stream of them when `text/event-stream` is asked for. */
  @Get()
  @Allow('events:read')
  async events(
    @Query(new Valid(eventsQuery, 'query')) query: z.output<typeof eventsQuery>,
    @Ctx() ctx: CommandContext,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<{ value: FeedEntry[]; next: number; nextLink?: string } | undefined> {
    if (!wantsStream(request)) return this.page(ctx.account, query.after ?? 0, query.limit);
    if (request.method === 'HEAD') response.type('text/event-stream');
    else await this.feed.stream(ctx.account, startOf(request, query.after), new EventStream(response));
    return undefined;
  }

  private async page(account: string, after: number, limit: number) {
    const { more, ...page } = await this.feed.page(account, after, limit);
    return more ? { ...page, nextLink: this.links.events(account, page.next, limit) } : page;
  }
}

const wantsStream = (request: AuthenticatedRequest): boolean => /\btext\/event-stream\b/i.test(request.headers.accept ?? '');

/** `Last-Event-ID` of a reader that comes back goes before `after`. */
function startOf(request: AuthenticatedRequest, after: number | undefined): number | undefined {
  const last = request.headers['last-event-id'];
  if (last === undefined || last === '') return after;
  if (typeof last !== 'string' || !/^\d{1,15}$/.test(last))
    throw new DomainError('bad_request', `Last-Event-ID '${String(last).slice(0, 80)}' is not a position that this feed gave`);
  return Number(last);
}
