import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, DiscoveryModule } from '@nestjs/core';
import { InternalTokenSigner } from '#slipway/platform';
import type { GatewayEnv } from './env.js';
import { EnvironmentsController } from './environments/environments.controller.js';
import { EventsController } from './feed/events.controller.js';
import { FeedConsumer } from './feed/feed.consumer.js';
import { FeedRepository } from './feed/feed.repository.js';
import { FeedService } from './feed/feed.service.js';
import { FeedTail } from './feed/feed.tail.js';
import { BeforeAnswer } from './http/before-answer.interceptor.js';
import { LINKS, type LinkBases, Links } from './http/links.js';
import { RoutesCheck } from './http/routes.check.js';
import { TokenGuard } from './http/token.guard.js';
import { UnknownController } from './http/unknown.controller.js';
import { ImagesController } from './images/images.controller.js';
import { ManifestsController } from './manifests/manifests.controller.js';
import { ModelsController } from './models/models.controller.js';
import { LandingController } from './openapi/landing.controller.js';
import { OperationsController } from './operations/operations.controller.js';
import { DistributionProxy } from './proxy/distribution.proxy.js';
import { StreamsProxy, UPSTREAMS, type Upstreams } from './proxy/streams.proxy.js';
import { DecisionsController } from './services/decisions.controller.js';
import { SecretsController } from './secrets/secrets.controller.js';
import { ServicesController } from './services/services.controller.js';
import { OwnerTokenService } from './tokens/owner-token.service.js';
import { SecretFile } from './tokens/secret-file.adapter.js';
import { TokensRepository } from './tokens/tokens.repository.js';
import { TokensService } from './tokens/tokens.service.js';

@Module({})
export class AppModule {
  static of(env: GatewayEnv): DynamicModule {
    const upstreams: Upstreams = {
      registry: env.SLIPWAY_REGISTRY_URL,
      builder: env.SLIPWAY_BUILDER_URL,
      deployer: env.SLIPWAY_DEPLOYER_URL,
    };
    const links: LinkBases = { publicUrl: env.SLIPWAY_PUBLIC_URL, routerUrl: env.SLIPWAY_ROUTER_URL };
    return {
      module: AppModule,
      imports: [DiscoveryModule],
      controllers: [
        ModelsController,
        ManifestsController,
        ImagesController,
        ServicesController,
        DecisionsController,
        OperationsController,
        EnvironmentsController,
        SecretsController,
        EventsController,
        FeedConsumer,
        LandingController,
        UnknownController,
      ],
      providers: [
        { provide: UPSTREAMS, useValue: upstreams },
        { provide: LINKS, useValue: links },
        {
          provide: SecretFile,
          useValue: new SecretFile(env.SLIPWAY_OWNER_TOKEN_FILE ?? join(env.SLIPWAY_HOME, 'secrets', 'owner-token')),
        },
        { provide: InternalTokenSigner, useFactory: () => InternalTokenSigner.fromFile(env.SLIPWAY_GATEWAY_PRIVATE_KEY_FILE) },
        { provide: APP_GUARD, useClass: TokenGuard },
        { provide: APP_INTERCEPTOR, useClass: BeforeAnswer },
        Links,
        RoutesCheck,
        TokensService,
        TokensRepository,
        OwnerTokenService,
        StreamsProxy,
        DistributionProxy,
        FeedRepository,
        FeedTail,
        FeedService,
      ],
    };
  }
}
