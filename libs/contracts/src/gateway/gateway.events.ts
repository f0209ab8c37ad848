import { z } from 'zod';
import { defineEvent } from '../define.js';
import { AccountSlug } from '../primitives.js';

export const AccountCreated = defineEvent({
  type: 'io.slipway.AccountCreated.v1',
  producer: 'gateway',
  data: z.object({ account: AccountSlug }),
});

export const TokenIssued = defineEvent({
  type: 'io.slipway.TokenIssued.v1',
  producer: 'gateway',
  data: z.object({ tokenId: z.string(), roles: z.array(z.string()), description: z.string() }),
});
