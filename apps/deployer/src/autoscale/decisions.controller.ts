import { once } from 'node:events';
import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { ScalingDecision } from '#slipway/contracts';
import { Caller, DomainError, type InternalCaller, isUuid } from '#slipway/platform';
import { DecisionsService } from './decisions.service.js';

const heartbeatMs = 15_000;
/** Then the reader comes back with its token, which may have been revoked meanwhile. */
const maxStreamMs = 900_000;

/** `GET /internal/services/{id or name}/decisions`: server-sent events (WHATWG HTML §9.2) until the caller goes away. */
@Controller('internal/services')
export class DecisionsController {
  constructor(private readonly decisions: DecisionsService) {}

  @Get(':ref/decisions')
  async follow(
    @Caller() caller: InternalCaller,
    @Param('ref') ref: string,
    @Query('after') after: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    if (after !== undefined && !isUuid(after))
      throw new DomainError('bad_request', `after '${after.slice(0, 80)}' is not the id of a decision`);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const end = AbortSignal.any([gone.signal, AbortSignal.timeout(maxStreamMs)]);
    const { start, batches } = await this.decisions.follow(caller.account, ref, after, end);
    response.status(200).setHeader('Content-Type', 'text/event-stream');
    response.flushHeaders();
    response.write(`retry: 1000\n: open at ${start}\n\n`);
    await send(response, batches, gone.signal);
  }
}

async function send(response: Response, batches: AsyncGenerator<ScalingDecision[]>, gone: AbortSignal): Promise<void> {
  let saidAt = Date.now();
  for await (const decisions of batches) {
    const quiet = decisions.length === 0;
    if (quiet && Date.now() - saidAt < heartbeatMs) continue;
    saidAt = Date.now();
    const text = quiet ? ': still here\n\n' : decisions.map(toServerSentEvent).join('');
    if (!response.write(text)) await once(response, 'drain', { signal: gone }).catch(() => undefined);
  }
  response.end();
}

const toServerSentEvent = (decision: ScalingDecision): string => `id: ${decision.id}\ndata: ${JSON.stringify(decision)}\n\n`;
