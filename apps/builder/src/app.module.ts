import { hostname } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { DistributionClient } from '#slipway/oci';
import { CLOCK, type Clock, internalAuthorization, Log } from '#slipway/platform';
import { BASE_PROVIDER } from './assembly/base-provider.port.js';
import { Apt } from './bases/apt.adapter.js';
import { BasesService } from './bases/bases.service.js';
import { DebianRoot } from './bases/debian-root.adapter.js';
import { OciBase } from './bases/oci-base.adapter.js';
import { BuildLogs } from './builds/build-logs.adapter.js';
import { BuildPipeline } from './builds/build.pipeline.js';
import { BuildProgress } from './builds/build-progress.js';
import { BuildQueue } from './builds/build-queue.js';
import { BuildsRepository } from './builds/builds.repository.js';
import { BuildsService } from './builds/builds.service.js';
import { BuildsWorker } from './builds/builds.worker.js';
import { DependenciesService } from './dependencies/dependencies.service.js';
import { Uv } from './dependencies/uv.adapter.js';
import { type BuilderEnv, helperFolder, runtimeFolder } from './env.js';
import { ImageLogController } from './images/image-log.controller.js';
import { ImageLogService } from './images/image-log.service.js';
import { ImageOutcomes } from './images/image-outcomes.service.js';
import { ImagesHandler } from './images/images.handler.js';
import { ImagesRepository } from './images/images.repository.js';
import { ImagesService } from './images/images.service.js';
import { PythonSource } from './imports/python-source.adapter.js';
import { LayerPacker } from './layers/layer-packer.adapter.js';
import { LayersRepository } from './layers/layers.repository.js';
import { LayersService } from './layers/layers.service.js';
import { RuntimeSource } from './layers/runtime-source.js';
import { ImageStore } from './registry/image-store.adapter.js';
import { DiskSpace } from './tools/disk-space.adapter.js';
import { PythonFinder } from './tools/python-finder.adapter.js';
import { Workspace } from './tools/workspace.adapter.js';

@Module({})
export class AppModule {
  static of(env: BuilderEnv, tools: Record<string, string>): DynamicModule {
    const home = env.SLIPWAY_HOME;
    const logs = new BuildLogs(join(home, 'logs', 'builds'), env.SLIPWAY_BUILD_LOG_BYTES);
    const workspace = new Workspace(join(home, 'run', 'builds'));
    const disk = new DiskSpace(home, env.SLIPWAY_BUILD_MIN_FREE_PERCENT);
    const pythons = new PythonFinder(env.SLIPWAY_PYTHON, tools['PATH'] ?? '');
    const uv = new Uv(env.SLIPWAY_UV, join(home, 'cache', 'uv'), tools);
    const store = new ImageStore(
      new DistributionClient({
        baseUrl: env.SLIPWAY_REGISTRY_URL,
        authorization: () => internalAuthorization(env.SLIPWAY_INTERNAL_SECRET_FILE),
      }),
      env.SLIPWAY_SIGNING_KEY_FILE,
    );
    const apt = new Apt(join(home, 'cache', 'apt'), tools);
    const root = new DebianRoot(helperFolder, tools['PATH'] ?? '/usr/bin:/bin');
    const foreign = new OciBase(env.SLIPWAY_BASE_CREDENTIALS_FILE);
    return {
      module: AppModule,
      controllers: [ImagesHandler, ImageLogController],
      providers: [
        { provide: BuildLogs, useValue: logs },
        { provide: DiskSpace, useValue: disk },
        { provide: ImageStore, useValue: store },
        { provide: LayerPacker, useValue: new LayerPacker(uv, pythons, helperFolder) },
        { provide: PythonSource, useValue: new PythonSource(pythons, helperFolder) },
        { provide: RuntimeSource, useValue: new RuntimeSource(runtimeFolder(env)) },
        {
          provide: BASE_PROVIDER,
          useFactory: (layers: LayersService, remembered: LayersRepository) =>
            new BasesService(layers, remembered, apt, root, foreign, env.SLIPWAY_BASE),
          inject: [LayersService, LayersRepository],
        },
        {
          provide: DependenciesService,
          useFactory: (layers: LayersRepository) =>
            new DependenciesService(layers, store, uv, pythons, env.SLIPWAY_RESOLVE_REUSE_SECONDS),
          inject: [LayersRepository],
        },
        {
          provide: BuildsService,
          useFactory: (
            builds: BuildsRepository,
            outcomes: ImageOutcomes,
            pipeline: BuildPipeline,
            progress: BuildProgress,
            log: Log,
          ) => {
            const place = { workspace, disk, timeoutMs: env.SLIPWAY_BUILD_TIMEOUT_SECONDS * 1000 };
            return new BuildsService(builds, outcomes, pipeline, store, progress, place, log);
          },
          inject: [BuildsRepository, ImageOutcomes, BuildPipeline, BuildProgress, Log],
        },
        {
          provide: BuildsWorker,
          useFactory: (builds: BuildsRepository, service: BuildsService, queue: BuildQueue, clock: Clock, log: Log) => {
            const place = { workspace, logs, owner: `${hostname()}:${home}`, concurrency: env.SLIPWAY_BUILD_CONCURRENCY };
            return new BuildsWorker(builds, service, queue, place, clock, log);
          },
          inject: [BuildsRepository, BuildsService, BuildQueue, CLOCK, Log],
        },
        BuildPipeline,
        BuildProgress,
        BuildQueue,
        BuildsRepository,
        ImageLogService,
        ImageOutcomes,
        ImagesRepository,
        ImagesService,
        LayersRepository,
        LayersService,
      ],
    };
  }
}
