import { Controller, Get, Header, Res } from '@nestjs/common';
import type { Response } from 'express';
import { register } from 'prom-client';
import { Open } from './internal.guard.js';
import { Readiness } from './readiness.js';

/** `/healthz`: the process answers. `/readyz`: it can do its work. `/metrics`: Prometheus text. */
@Open()
@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('healthz')
  health(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  async ready(@Res({ passthrough: true }) response: Response): Promise<{ status: string; problems: Record<string, string> }> {
    const problems = await this.readiness.problems();
    const ready = Object.keys(problems).length === 0;
    response.status(ready ? 200 : 503);
    return { status: ready ? 'ready' : 'not ready', problems };
  }

  @Get('metrics')
  @Header('Content-Type', register.contentType)
  metrics(): Promise<string> {
    return register.metrics();
  }
}
