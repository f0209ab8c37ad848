import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { BUS, type Bus } from '#slipway/platform';
import { AccountingHandler } from './accounting/accounting.handler.js';
import { AccountingService } from './accounting/accounting.service.js';
import { CAPTURE_LOG } from './captures/capture-log.port.js';
import { CapturesRepository } from './captures/captures.repository.js';
import { CapturesRunner } from './captures/captures.runner.js';
import { CapturesService } from './captures/captures.service.js';
import { FileWriter } from './captures/file-writer.js';
import { JetStreamCaptureLog } from './captures/jetstream-capture-log.adapter.js';
import type { TelemetryEnv } from './env.js';
import { FolderStorage } from './storage/folder-storage.adapter.js';
import { USER_STORAGE, type UserStorage } from './storage/storage.port.js';

@Module({})
export class AppModule {
  static of(env: TelemetryEnv): DynamicModule {
    const root = env.SLIPWAY_TELEMETRY_STORAGE?.slice('file:'.length) ?? join(env.SLIPWAY_HOME, 'telemetry');
    const limits = { rows: env.SLIPWAY_TELEMETRY_PART_ROWS, bytes: env.SLIPWAY_TELEMETRY_PART_BYTES };
    return {
      module: AppModule,
      controllers: [AccountingHandler],
      providers: [
        { provide: USER_STORAGE, useValue: new FolderStorage(root) },
        { provide: CAPTURE_LOG, useFactory: (bus: Bus) => new JetStreamCaptureLog(bus), inject: [BUS] },
        {
          provide: FileWriter,
          useFactory: (files: CapturesRepository, storage: UserStorage) => new FileWriter(files, storage, limits),
          inject: [CapturesRepository, USER_STORAGE],
        },
        AccountingService,
        CapturesRepository,
        CapturesService,
        CapturesRunner,
      ],
    };
  }
}
