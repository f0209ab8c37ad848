import { join } from 'node:path';
import { type DynamicModule, type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { ArchivesRepository } from './archives/archives.repository.js';
import { ArchivesService } from './archives/archives.service.js';
import { BLOB_STORE } from './blobs/blob-store.port.js';
import { BlobsRepository } from './blobs/blobs.repository.js';
import { BlobsService } from './blobs/blobs.service.js';
import { FileBlobStore } from './blobs/file-blob-store.adapter.js';
import { LeftoversSweeper, SWEEP_SETTINGS, type SweepSettings } from './blobs/leftovers.sweeper.js';
import { UploadedBlobs } from './blobs/uploaded-blobs.service.js';
import { UploadsRepository } from './blobs/uploads.repository.js';
import { UPLOAD_LIMITS, type UploadLimits, UploadsService } from './blobs/uploads.service.js';
import { BaseController, UnknownController } from './distribution/base.controller.js';
import { BlobsController } from './distribution/blobs.controller.js';
import { OciManifestsController } from './distribution/oci-manifests.controller.js';
import { OciManifestsRepository } from './distribution/oci-manifests.repository.js';
import { OciManifestsService } from './distribution/oci-manifests.service.js';
import { UploadsController } from './distribution/uploads.controller.js';
import type { RegistryEnv } from './env.js';
import { ManifestPartsService } from './manifests/manifest-parts.service.js';
import { ManifestsHandler } from './manifests/manifests.handler.js';
import { ManifestsRepository } from './manifests/manifests.repository.js';
import { ManifestsService } from './manifests/manifests.service.js';
import { ModelArtifacts } from './models/model-artifacts.service.js';
import { ModelsHandler } from './models/models.handler.js';
import { ModelsRepository } from './models/models.repository.js';
import { ModelsService } from './models/models.service.js';
import { NameCounterRepository } from './naming/name-counter.repository.js';

@Module({})
export class AppModule implements NestModule {
  static of(env: RegistryEnv): DynamicModule {
    const folder = env.SLIPWAY_BLOBS?.slice('file:'.length) ?? join(env.SLIPWAY_HOME, 'blobs');
    const limits: UploadLimits = { maxBlobBytes: env.SLIPWAY_MAX_BLOB_BYTES };
    const sweep: SweepSettings = {
      everyMs: env.SLIPWAY_SWEEP_SECONDS * 1_000,
      uploadGraceMs: env.SLIPWAY_UPLOAD_GRACE_SECONDS * 1_000,
      blobGraceMs: env.SLIPWAY_BLOB_GRACE_SECONDS * 1_000,
    };
    return {
      module: AppModule,
      controllers: [
        ModelsHandler,
        ManifestsHandler,
        BaseController,
        UploadsController,
        BlobsController,
        OciManifestsController,
        UnknownController,
      ],
      providers: [
        { provide: BLOB_STORE, useFactory: () => FileBlobStore.create(folder) },
        { provide: UPLOAD_LIMITS, useValue: limits },
        { provide: SWEEP_SETTINGS, useValue: sweep },
        BlobsRepository,
        UploadsRepository,
        ArchivesRepository,
        OciManifestsRepository,
        NameCounterRepository,
        ModelsRepository,
        ManifestsRepository,
        BlobsService,
        UploadsService,
        UploadedBlobs,
        LeftoversSweeper,
        ArchivesService,
        OciManifestsService,
        ModelArtifacts,
        ModelsService,
        ManifestPartsService,
        ManifestsService,
      ],
    };
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply((_request: Request, response: Response, next: NextFunction) => {
        response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
        next();
      })
      .forRoutes('v2', 'v2/*path');
  }
}
