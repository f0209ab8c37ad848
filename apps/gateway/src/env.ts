import { serviceEnv } from '#slipway/platform';
import { z } from 'zod';

const url = z.url().transform((text) => text.replace(/\/+$/, ''));
const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);

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
    /** Certificate chain and private key (PEM): the gateway speaks TLS itself. */
    SLIPWAY_TLS_CERT_FILE: z.string().min(1).optional(),
    SLIPWAY_TLS_KEY_FILE: z.string().min(1).optional(),
    /** TLS ends in one proxy in front of the gateway, which says who the caller is (`X-Forwarded-For`). */
    SLIPWAY_BEHIND_PROXY: z.stringbool().default(false),
  })
  .transform(({ SLIPWAY_TLS_CERT_FILE: certFile, SLIPWAY_TLS_KEY_FILE: keyFile, ...env }, context) => {
    if ((certFile === undefined) !== (keyFile === undefined))
      context.addIssue({ code: 'custom', path: ['SLIPWAY_TLS_KEY_FILE'], message: 'a certificate and its key are set together' });
    const tls = certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
    if (!tls && !env.SLIPWAY_BEHIND_PROXY && !isLoopback(env.SLIPWAY_LISTEN.host))
      context.addIssue({
        code: 'custom',
        path: ['SLIPWAY_LISTEN'],
        message:
          'others can reach this address, so it needs TLS: set SLIPWAY_TLS_CERT_FILE and SLIPWAY_TLS_KEY_FILE, or SLIPWAY_BEHIND_PROXY=true, or listen on 127.0.0.1',
      });
    return { ...env, tls };
  });
export type GatewayEnv = z.output<typeof gatewayEnv>;
