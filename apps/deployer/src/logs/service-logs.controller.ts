import { once } from 'node:events';
import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { Caller, DomainError, type InternalCaller } from '#slipway/platform';
import type { LogLine } from './log-line.js';
import { ServiceLogsService } from './service-logs.service.js';

const LogQuery = z.object({
  follow: z.stringbool().default(false),
  previous: z.stringbool().default(false),
  requestId: z.string().min(1).max(128).optional(),
  maxLines: z.coerce.number().int().min(1).max(100_000).default(5_000),
});

/** `GET /internal/services/{id or name}/logs`: lines of JSON, oldest first; with `follow` until the caller goes away. */
@Controller('internal/services')
export class ServiceLogsController {
  constructor(private readonly logs: ServiceLogsService) {}

  @Get(':ref/logs')
  async read(
    @Caller() caller: InternalCaller,
    @Param('ref') ref: string,
    @Query() query: Record<string, string>,
    @Res() response: Response,
  ): Promise<void> {
    const { requestId, ...options } = readQuery(query);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const lines = await this.logs.open({ account: caller.account, ref, requestId, ...options }, gone.signal);
    await send(response, lines, gone.signal);
  }
}

function readQuery(query: Record<string, string>): z.output<typeof LogQuery> {
  const parsed = LogQuery.safeParse(query);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new DomainError(
    'bad_request',
    `${issue?.path.join('.')}: ${issue?.message}; follow, previous, requestId and maxLines are known`,
  );
}

/** Writes as fast as the caller reads. */
async function send(response: Response, batches: AsyncGenerator<LogLine[]>, gone: AbortSignal): Promise<void> {
  response.status(200).setHeader('Content-Type', 'application/x-ndjson');
  response.flushHeaders();
  for await (const lines of batches) {
    const text = lines.map((line) => `${line.text}\n`).join('');
    if (gone.aborted) break;
    if (text !== '' && !response.write(text)) await once(response, 'drain', { signal: gone }).catch(() => undefined);
  }
  response.end();
}
