import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { DistributionClient } from '#slipway/oci';
import { BUS, type Bus, type Clock, CLOCK, internalAuthorization, Log, SealBox } from '#slipway/platform';
import { AutoscaleRunner } from './autoscale/autoscale.runner.js';
import { DecisionsController } from './autoscale/decisions.controller.js';
import { DecisionsHandler } from './autoscale/decisions.handler.js';
import { DecisionsService } from './autoscale/decisions.service.js';
import { ScalingLeader } from './autoscale/scaling-leader.repository.js';
import { ScalingRepository } from './autoscale/scaling.repository.js';
import { ScalingWriter } from './autoscale/scaling.writer.js';
import { ComputeTargets } from './compute/compute-targets.js';
import { dockerTargets } from './compute/docker/docker-targets.js';
import { kubernetesTargets } from './compute/kubernetes/kubernetes-targets.js';
import { ImagePreparer } from './compute/process/image-preparer.js';
import { MachineInterpreters } from './compute/process/interpreter-host.adapter.js';
import { Interpreters } from './compute/process/interpreters.js';
import { LayerStore } from './compute/process/layer-store.js';
import { MachineUsers } from './compute/process/machine-users.js';
import { ProcessTarget } from './compute/process/process-target.adapter.js';
import { ReplicaFolders } from './compute/process/replica-folders.js';
import { type DeployerEnv, ENV } from './env.js';
import { EnvironmentChangesService } from './environments/environment-changes.service.js';
import { EnvironmentChecks } from './environments/environment-checks.js';
import { EnvironmentFacts } from './environments/environment-facts.js';
import { EnvironmentQueueRepository } from './environments/environment-queue.repository.js';
import { EnvironmentProvisioner } from './environments/environment.provisioner.js';
import { EnvironmentRunner } from './environments/environment.runner.js';
import { EnvironmentsHandler } from './environments/environments.handler.js';
import { EnvironmentsRepository } from './environments/environments.repository.js';
import { EnvironmentsService } from './environments/environments.service.js';
import { LocalNode } from './environments/local-node.js';
import { NODE_ID, readNodeId } from './environments/node-id.js';
import { ServiceKeysRepository } from './keys/service-keys.repository.js';
import { ServiceKeysService } from './keys/service-keys.service.js';
import { ServiceLogsController } from './logs/service-logs.controller.js';
import { ServiceLogsService } from './logs/service-logs.service.js';
import { ClusterTrouble } from './reconcile/cluster-trouble.js';
import { PlanWriter } from './reconcile/plan.writer.js';
import { ProgressWriter } from './reconcile/progress.writer.js';
import { ReconcileRunner } from './reconcile/reconcile.runner.js';
import { ReplicaMirror } from './reconcile/replica.mirror.js';
import { ReplicaStarter } from './reconcile/replica.starter.js';
import { ReplicaWriter } from './reconcile/replica.writer.js';
import { SeenRepository } from './reconcile/seen.repository.js';
import { ServiceObserver } from './reconcile/service.observer.js';
import { ServiceReconciler } from './reconcile/service.reconciler.js';
import { StatusWriter } from './reconcile/status.writer.js';
import { TargetChanges } from './reconcile/target-changes.js';
import { Wake } from './reconcile/wake.js';
import { WorkQueueRepository } from './reconcile/work-queue.repository.js';
import { WorkloadWriter } from './reconcile/workload.writer.js';
import { OrphanSweeper } from './retention/orphan.sweeper.js';
import { RetentionRepository } from './retention/retention.repository.js';
import { RetentionService } from './retention/retention.service.js';
import { KvRouteBus } from './routes/kv-route-bus.adapter.js';
import { LoadSamples } from './routes/load-samples.adapter.js';
import { ROUTE_BUS } from './routes/route-bus.port.js';
import { RoutePublisher } from './routes/route.publisher.js';
import { RouterWatch } from './routes/router-watch.js';
import { RoutesService } from './routes/routes.service.js';
import { SnapshotController } from './routes/snapshot.controller.js';
import { SnapshotService } from './routes/snapshot.service.js';
import { OperationsRepository } from './services/operations.repository.js';
import { ReplicaQuota } from './services/replica-quota.js';
import { ReplicasRepository } from './services/replicas.repository.js';
import { RevisionsRepository } from './services/revisions.repository.js';
import { ImageProof } from './services/image-proof.adapter.js';
import { RevisionsService } from './services/revisions.service.js';
import { ServiceChanges } from './services/service-changes.js';
import { ServiceCreationService } from './services/service-creation.service.js';
import { ServiceDeletionService } from './services/service-deletion.service.js';
import { ServiceFacts } from './services/service-facts.js';
import { ServiceQueriesService } from './services/service-queries.service.js';
import { ServiceReferences } from './services/service-references.js';
import { SecretPins } from './secrets/secret-pins.js';
import { SecretsHandler } from './secrets/secrets.handler.js';
import { SecretsRepository } from './secrets/secrets.repository.js';
import { SecretsService } from './secrets/secrets.service.js';
import { ServiceStore } from './services/service-store.js';
import { ServiceUpdateService } from './services/service-update.service.js';
import { ServiceUsersRepository } from './services/service-users.repository.js';
import { ServicesHandler } from './services/services.handler.js';
import { ServicesRepository } from './services/services.repository.js';
import { TargetRevisions } from './services/target-revisions.js';

const repositories = [
  SecretsRepository,
  EnvironmentQueueRepository,
  EnvironmentsRepository,
  OperationsRepository,
  ReplicasRepository,
  RetentionRepository,
  RevisionsRepository,
  ScalingRepository,
  SeenRepository,
  ServiceKeysRepository,
  ServicesRepository,
  ServiceUsersRepository,
  WorkQueueRepository,
];
const services = [
  SecretPins,
  SecretsService,
  EnvironmentChangesService,
  EnvironmentChecks,
  EnvironmentFacts,
  EnvironmentProvisioner,
  EnvironmentsService,
  ReplicaQuota,
  RevisionsService,
  ServiceChanges,
  ServiceCreationService,
  ServiceDeletionService,
  ServiceFacts,
  ServiceKeysService,
  ServiceQueriesService,
  ServiceReferences,
  ServiceStore,
  ServiceUpdateService,
  TargetRevisions,
];
const scaling = [DecisionsService, ScalingLeader, ScalingWriter];
const routing = [LoadSamples, RoutePublisher, RoutesService, SnapshotService];
const reconciling = [
  ClusterTrouble,
  PlanWriter,
  ProgressWriter,
  ReplicaMirror,
  ReplicaStarter,
  ReplicaWriter,
  ServiceObserver,
  ServiceReconciler,
  StatusWriter,
  Wake,
  WorkloadWriter,
];

@Module({})
export class AppModule {
  static of(env: DeployerEnv): DynamicModule {
    return {
      module: AppModule,
      controllers: [
        DecisionsController,
        DecisionsHandler,
        EnvironmentsHandler,
        SecretsHandler,
        ServiceLogsController,
        ServicesHandler,
        SnapshotController,
      ],
      providers: [
        { provide: ENV, useValue: env },
        { provide: NODE_ID, useFactory: () => readNodeId(env.SLIPWAY_HOME) },
        { provide: SealBox, useFactory: () => SealBox.fromFile(env.SLIPWAY_SEAL_KEY_FILE) },
        { provide: ImageProof, useFactory: () => new ImageProof(registryOf(env), env.SLIPWAY_BUILDER_PUBLIC_KEY_FILE) },
        { provide: ReplicaFolders, useFactory: () => new ReplicaFolders(env.SLIPWAY_HOME) },
        { provide: ProcessTarget, useFactory: processTarget(env), inject: [ReplicaFolders, Log] },
        {
          provide: ComputeTargets,
          useFactory: (
            environments: EnvironmentsRepository,
            processes: ProcessTarget,
            folders: ReplicaFolders,
            seal: SealBox,
            clock: Clock,
            log: Log,
          ) =>
            new ComputeTargets(environments, {
              process: () => processes,
              docker: dockerTargets(registryOf(env), folders, log),
              kubernetes: kubernetesTargets(seal, clock, log),
            }),
          inject: [EnvironmentsRepository, ProcessTarget, ReplicaFolders, SealBox, CLOCK, Log],
        },
        { provide: RouterWatch, useFactory: (clock: Clock) => new RouterWatch(() => clock.monotonic()), inject: [CLOCK] },
        { provide: ROUTE_BUS, useFactory: (bus: Bus) => new KvRouteBus(bus), inject: [BUS] },
        ...repositories,
        ...services,
        ...routing,
        ...scaling,
        ...reconciling,
        OrphanSweeper,
        ServiceLogsService,
        // The environment first, then the looking after what is in it.
        LocalNode,
        EnvironmentRunner,
        TargetChanges,
        ReconcileRunner,
        AutoscaleRunner,
        RetentionService,
      ],
    };
  }
}

const registryOf = (env: DeployerEnv): DistributionClient =>
  new DistributionClient({
    baseUrl: env.SLIPWAY_REGISTRY_URL,
    authorization: () => internalAuthorization(env.SLIPWAY_INTERNAL_SECRET_FILE),
  });

const processTarget =
  (env: DeployerEnv) =>
  async (folders: ReplicaFolders, log: Log): Promise<ProcessTarget> => {
    await folders.make();
    const root = join(env.SLIPWAY_HOME, 'layers');
    const layers = new LayerStore(root, registryOf(env), log);
    await layers.sweep();
    const interpreters = new Interpreters(new MachineInterpreters(env.SLIPWAY_PYTHON, env.PATH));
    return new ProcessTarget(
      new ImagePreparer(layers, root, interpreters, log),
      interpreters,
      folders,
      new MachineUsers(process.getuid?.()),
      { PATH: env.PATH, LANG: env.LANG, TZ: env.TZ },
      log,
    );
  };
