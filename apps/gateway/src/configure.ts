import type { NestExpressApplication } from '@nestjs/platform-express';
import { requestId, securityHeaders } from './http/request-id.middleware.js';
import { servePages } from './openapi/pages.js';
import { DistributionProxy } from './proxy/distribution.proxy.js';

/** What runs before any route: ids, headers, the stream of layers; and the pages. */
export function configure(app: NestExpressApplication): void {
  app.set('query parser', 'simple');
  app.use(requestId, securityHeaders, app.get(DistributionProxy).middleware);
  servePages(app);
}
