import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { InternalAuth } from './auth/internal-auth.js';
import { CommandClient } from './bus/command.client.js';
import { DeadLetters } from './bus/dead-letters.js';
import { EventServer } from './bus/event.server.js';
import { Outbox } from './bus/outbox.js';
import { type Clock, systemClock } from './clock.js';
import { CommandLog } from './db/command-log.js';
import { Database } from './db/database.js';
import { History } from './db/history.js';
import { DeadLettersController } from './http/dead-letters.controller.js';
import { HealthController } from './http/health.controller.js';
import { InternalGuard } from './http/internal.guard.js';
import { Readiness } from './http/readiness.js';
import { Log } from './log.js';
import type { NatsConnection } from '@nats-io/transport-node';

/** Injection token of the {@link Clock}. */
export const CLOCK = Symbol('clock');
/** Injection token of the {@link Bus}. */
export const BUS = Symbol('bus');
/** Gives the bus connection, which may take as long as the bus is away; a function, because Nest would await a promise. */
export type Bus = () => Promise<NatsConnection>;

/** What a service's start made before Nest; every part of the service may ask for it. */
export interface PlatformParts {
  log: Log;
  database: Database;
  bus: Promise<NatsConnection>;
  outbox: Outbox;
  commands: CommandClient;
  events: EventServer;
  deadLetters: DeadLetters;
  readiness: Readiness;
  auth: InternalAuth;
}

@Global()
@Module({})
export class PlatformModule {
  /** `guarded` false leaves out the guard of the internal listener: the gateway has its own. */
  static of(parts: PlatformParts, options: { guarded: boolean }): DynamicModule {
    const providers = [
      { provide: Log, useValue: parts.log },
      { provide: Database, useValue: parts.database },
      { provide: BUS, useValue: (() => parts.bus) satisfies Bus },
      { provide: Outbox, useValue: parts.outbox },
      { provide: CommandClient, useValue: parts.commands },
      { provide: EventServer, useValue: parts.events },
      { provide: DeadLetters, useValue: parts.deadLetters },
      { provide: Readiness, useValue: parts.readiness },
      { provide: InternalAuth, useValue: parts.auth },
      { provide: CLOCK, useValue: systemClock satisfies Clock },
      { provide: CommandLog, useValue: new CommandLog(parts.database) },
      { provide: History, useValue: new History() },
    ];
    return {
      module: PlatformModule,
      controllers: [HealthController, DeadLettersController],
      providers: [
        ...providers,
        ...(options.guarded
          ? [
              {
                provide: APP_GUARD,
                useFactory: (reflector: Reflector) => new InternalGuard(reflector, parts.auth),
                inject: [Reflector],
              },
            ]
          : []),
      ],
      exports: providers.map((provider) => provider.provide),
    };
  }
}
