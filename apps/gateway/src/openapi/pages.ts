import type { NestExpressApplication } from '@nestjs/platform-express';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { buildOpenApi } from './document.js';

/** `/openapi.json`, and the page over it at `/docs`; open, because they hold nothing of any account. */
export function servePages(app: NestExpressApplication): void {
  const document = buildOpenApi() as unknown as OpenAPIObject;
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Slipway API',
    swaggerOptions: { persistAuthorization: true },
  });
}
