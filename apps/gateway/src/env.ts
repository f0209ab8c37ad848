import { z } from 'zod';
import { serviceEnv } from '#slipway/platform';

const url = z.url().transform((text) => text.replace(/\/+$/, ''));

export const gatewayEnv = serviceEnv
  .extend({
    /** Address under which callers reach this gateway. */
    SLIPWAY_PUBLIC_URL: url,
    /** Address under which applications reach the router. */
    SLIPWAY_ROUTER_URL: url,
    SLIPWAY_REGISTRY_URL: url,
    SLIPWAY_BUILDER_URL: url,
    SLIPWAY_DEPLOYER_URL: url,
    /** Ed25519 private key (PKCS 8, PEM) that signs the tokens for the other services. */
    SLIPWAY_GATEWAY_PRIVATE_KEY_FILE: z.string().min(1),
    /** Where the first start leaves the owner's token; default `$SLIPWAY_HOME/secrets/owner-token`. */
    SLIPWAY_OWNER_TOKEN_FILE: z.string().min(1).optional(),
    /** TLS ends in front of the gateway. */
    SLIPWAY_BEHIND_PROXY: z.stringbool().default(false),
  })
  .refine((env) => env.SLIPWAY_BEHIND_PROXY || isLoopback(env.SLIPWAY_LISTEN.host), {
    path: ['SLIPWAY_LISTEN'],
    message: 'an address that others can reach needs TLS in front of it: listen on loopback, or set SLIPWAY_BEHIND_PROXY=true',
  });
export type GatewayEnv = z.output<typeof gatewayEnv>;

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);
