import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { InternalTokenSigner } from '#slipway/platform';
import type { AuthenticatedRequest } from '../http/token.guard.js';
import { forward } from './forward.js';

export const UPSTREAMS = Symbol('upstreams');
export type Upstreams = Readonly<Record<'registry' | 'builder' | 'deployer', string>>;

/** Passes logs and other streams through from the services that have them, as the caller who asked. */
@Injectable()
export class StreamsProxy {
  constructor(
    @Inject(UPSTREAMS) private readonly upstreams: Upstreams,
    private readonly signer: InternalTokenSigner,
  ) {}

  /** `query` lists the parameters that go on; others are left out. */
  async pass(
    service: keyof Upstreams,
    path: string,
    query: readonly string[],
    request: AuthenticatedRequest,
    response: Response,
  ): Promise<void> {
    const kept = new URLSearchParams();
    for (const name of query) {
      const value = request.query[name];
      if (typeof value === 'string') kept.set(name, value);
    }
    const search = kept.size > 0 ? `?${kept.toString()}` : '';
    await forward(
      {
        base: this.upstreams[service],
        path: path + search,
        authorization: `Bearer ${await this.signer.sign(request.principal)}`,
        requestId: request.requestId,
      },
      request,
      response,
    );
  }
}
