import type { NestExpressApplication } from '@nestjs/platform-express';
import type { GatewayEnv } from './env.js';
import { requestId, sameOrigin, securityHeaders, strictTarget } from './http/edge.middleware.js';
import { jsonBody } from './http/json-body.middleware.js';
import { servePages } from './openapi/pages.js';
import { DistributionProxy } from './proxy/distribution.proxy.js';

/** What runs before any route, in this order: ids and headers, what is refused at the door, the stream of layers, the body. */
export function configure(env: GatewayEnv): (app: NestExpressApplication) => void {
  return (app) => {
    app.set('query parser', 'simple');
    app.disable('etag');
    // Who the caller is, as the one proxy in front says; nobody else is believed.
    app.set('trust proxy', env.SLIPWAY_BEHIND_PROXY ? 1 : false);
    app.use(requestId, securityHeaders, strictTarget, sameOrigin(env.SLIPWAY_PUBLIC_URL));
    app.use(app.get(DistributionProxy).middleware, jsonBody);
    servePages(app);
  };
}
