import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { type CommandContext, GetService, ListScalingDecisions, type ScalingDecision } from '#slipway/contracts';
import { CommandClient, DomainError, isUuid } from '#slipway/platform';
import { Allow } from '../http/allow.decorator.js';
import { Ctx } from '../http/context.decorator.js';
import { Links } from '../http/links.js';
import { listQuery, toPageRequest } from '../http/list-query.js';
import type { AuthenticatedRequest } from '../http/token.guard.js';
import { Ref, Valid } from '../http/validate.js';
import { StreamsProxy } from '../proxy/streams.proxy.js';

export const decisionsQuery = listQuery({
  /** The id of a decision; a stream begins after it. */
  after: z.uuid().optional(),
});

@Controller('api/v1/accounts/:account/services')
export class DecisionsController {
  constructor(
    private readonly commands: CommandClient,
    private readonly links: Links,
    private readonly streams: StreamsProxy,
  ) {}

  /** A page of decisions, newest first; a stream of what follows when `text/event-stream` is asked for. */
  @Get(':ref/decisions')
  @Allow('services:read')
  async decisions(
    @Ref() ref: string,
    @Query(new Valid(decisionsQuery, 'query')) query: z.output<typeof decisionsQuery>,
    @Ctx() ctx: CommandContext,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<{ value: ScalingDecision[]; nextLink?: string } | undefined> {
    if (/\btext\/event-stream\b/i.test(request.headers.accept ?? '')) {
      await this.stream(ref, startOf(request, query.after), ctx, request, response);
      return undefined;
    }
    const { after: _after, ...page } = query;
    return this.links.page(
      await this.commands.send(ListScalingDecisions, { ref, ...toPageRequest(page) }, ctx),
      `/api/v1/accounts/${ctx.account}/services/${encodeURIComponent(ref)}/decisions`,
      page,
    );
  }

  private async stream(
    ref: string,
    after: string | undefined,
    ctx: CommandContext,
    request: AuthenticatedRequest,
    response: Response,
  ): Promise<void> {
    const { id } = await this.commands.send(GetService, { ref }, ctx);
    await this.streams.pass('deployer', `/internal/services/${id}/decisions`, { after, follow: true }, request, response);
  }
}

/** `Last-Event-ID` of a reader that comes back goes before `after`. */
function startOf(request: AuthenticatedRequest, after: string | undefined): string | undefined {
  const last = request.headers['last-event-id'];
  if (last === undefined || last === '') return after;
  if (typeof last !== 'string' || !isUuid(last))
    throw new DomainError('bad_request', `Last-Event-ID '${String(last).slice(0, 80)}' is not the id of a decision`);
  return last;
}
