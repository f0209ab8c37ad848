import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { InternalTokenSigner } from '#slipway/platform';
import type { AuthenticatedRequest } from '../http/token.guard.js';
import { forward } from './forward.adapter.js';

export const UPSTREAMS = Symbol('upstreams');
export type Upstreams = Readonly<Record<'registry' | 'builder' | 'deployer', string>>;

const idleMs = 120_000;

/** Passes logs through from the services that have them, as the caller who asked. */
@Injectable()
export class StreamsProxy {
  constructor(
    @Inject(UPSTREAMS) private readonly upstreams: Upstreams,
    private readonly signer: InternalTokenSigner,
  ) {}

  async pass(
    service: keyof Upstreams,
    path: string,
    query: Readonly<Record<string, string | number | boolean | undefined>>,
    request: AuthenticatedRequest,
    response: Response,
  ): Promise<void> {
    const kept = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined && name !== 'api-version') kept.set(name, String(value));
    const search = kept.toString();
    await forward(
      {
        base: this.upstreams[service],
        path: search ? `${path}?${search}` : path,
        authorization: `Bearer ${await this.signer.sign(request.principal)}`,
        requestId: request.requestId,
        // A log that is followed may be quiet for as long as it likes.
        idleMs: query.follow === true ? 0 : idleMs,
      },
      request,
      response,
    );
  }
}
