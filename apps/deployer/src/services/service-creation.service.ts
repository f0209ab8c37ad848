import { Injectable } from '@nestjs/common';
import {
  type Accepted,
  type CommandContext,
  CreateService,
  type ImagePin,
  type RequestOf,
  ServiceCreated,
} from '#slipway/contracts';
import { CommandLog, DomainError, type Transaction, uuidv7, violatedConstraint } from '#slipway/platform';
import { isReservedVariable } from '../compute/process/replica-environment.js';
import type { EnvironmentEntity } from '../environments/environment.entity.js';
import { EnvironmentsService } from '../environments/environments.service.js';
import { ServiceKeysService } from '../keys/service-keys.service.js';
import { ReplicaQuota } from './replica-quota.js';
import { imageColumns, RevisionsService } from './revisions.service.js';
import { ServiceChanges } from './service-changes.js';
import { checkEnv, mergeEnv } from './service-env.js';
import { mergeSecrets } from './service-secrets.js';
import { factOf } from './service-facts.js';
import {
  checkSettings,
  defaultRevisionSettings,
  defaultsOf,
  mergeRevisionSettings,
  mergeServiceSettings,
  scaledReplicas,
} from './service-settings.js';
import { ServiceStore } from './service-store.js';

type Creation = RequestOf<typeof CreateService>;

@Injectable()
export class ServiceCreationService {
  constructor(
    private readonly commandLog: CommandLog,
    private readonly environments: EnvironmentsService,
    private readonly revisions: RevisionsService,
    private readonly store: ServiceStore,
    private readonly keys: ServiceKeysService,
    private readonly changes: ServiceChanges,
    private readonly quota: ReplicaQuota,
  ) {}

  async create(input: Creation, ctx: CommandContext): Promise<Accepted> {
    checkSettings(input);
    checkEnv(input.env, isReservedVariable);
    const first = await this.commandLog.recall(CreateService, input, ctx);
    if (first) return first;
    const environment = await this.environments.requireReady(input.computeResource?.id, ctx.account);
    const image = await this.revisions.pin(input.imageId, environment.id, ctx);
    try {
      return await this.commandLog.once(CreateService, input, ctx, (tx) => this.insert(tx, input, image, environment, ctx));
    } catch (error) {
      if (violatedConstraint(error) !== 'service_name') throw error;
      throw new DomainError(
        'name_taken',
        `a service '${input.name}' is already there in environment '${environment.name}'; choose another name, or update that one`,
      );
    } finally {
      this.changes.announce();
    }
  }

  private async insert(
    tx: Transaction,
    input: Creation,
    image: ImagePin,
    environment: EnvironmentEntity,
    ctx: CommandContext,
  ): Promise<Accepted> {
    const id = uuidv7();
    const settings = mergeServiceSettings(defaultsOf(environment, input), input);
    const revision = await this.revisions.insert(
      tx,
      {
        serviceId: id,
        serviceName: input.name,
        image,
        settings: mergeRevisionSettings(defaultRevisionSettings, input),
        env: mergeEnv({}, input.env),
        secrets: mergeSecrets({ variables: {}, files: {} }, input.secrets),
      },
      ctx,
    );
    const service = await this.store.insert(tx, {
      id,
      account: ctx.account,
      environmentId: environment.id,
      environment: environment.name,
      isDefault: environment.isDefault,
      name: input.name,
      rowVersion: 0,
      generation: 1,
      observedGeneration: 0,
      state: 'Running',
      error: null,
      settings,
      scaledReplicas: scaledReplicas(settings, settings.numReplicas),
      targetRevisionId: revision.id,
      servingRevisionId: null,
      route: null,
      routeVersion: 0,
      routeAt: null,
      routePublished: 0,
      ...imageColumns(image),
      createdBy: ctx.actor,
      deletedAt: null,
      goneAt: null,
    });
    await this.quota.check(tx, service, revision.settings.containerResourceReservation);
    await this.changes.tell(tx, service, ServiceCreated, { ...factOf(service), imageId: image.id }, ctx);
    await this.keys.create(tx, service, ctx);
    await this.changes.commit(tx, service);
    return { operationId: await this.store.openOperation(tx, service, ctx), resourceId: id };
  }
}
