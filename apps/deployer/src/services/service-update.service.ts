import { Injectable } from '@nestjs/common';
import {
  type Accepted,
  type CommandContext,
  type ImagePin,
  type RequestOf,
  ServiceScaled,
  UpdateService,
} from '#slipway/contracts';
import { CommandLog, DomainError, type Transaction } from '#slipway/platform';
import { isReservedVariable } from '../compute/process/replica-environment.js';
import { ReplicaQuota } from './replica-quota.js';
import type { RevisionEntity } from './revision.entity.js';
import { imageColumns, type NewRevision, RevisionsService } from './revisions.service.js';
import { ServiceChanges } from './service-changes.js';
import { checkEnv, mergeEnv } from './service-env.js';
import { mergeSecrets } from './service-secrets.js';
import { factOf } from './service-facts.js';
import { ServiceReferences } from './service-references.js';
import { replicasOf, type ServiceEntity } from './service.entity.js';
import { checkSettings, mergeRevisionSettings, mergeServiceSettings, sameSettings, scaledReplicas } from './service-settings.js';
import { ServiceStore } from './service-store.js';
import { TargetRevisions } from './target-revisions.js';

type Update = RequestOf<typeof UpdateService>['update'];

@Injectable()
export class ServiceUpdateService {
  constructor(
    private readonly commandLog: CommandLog,
    private readonly references: ServiceReferences,
    private readonly revisions: RevisionsService,
    private readonly targets: TargetRevisions,
    private readonly store: ServiceStore,
    private readonly changes: ServiceChanges,
    private readonly quota: ReplicaQuota,
  ) {}

  async update(input: RequestOf<typeof UpdateService>, ctx: CommandContext): Promise<Accepted> {
    checkSettings(input.update);
    checkEnv(input.update.env, isReservedVariable);
    const first = await this.commandLog.recall(UpdateService, input, ctx);
    if (first) return first;
    const image = await this.nextImage(input, ctx);
    const accepted = await this.commandLog.once(UpdateService, input, ctx, async (tx) => {
      const service = await this.references.lock(ctx.account, input.ref, tx);
      if (!service)
        throw new DomainError('not_found', `there is no service '${input.ref}'; create it, or see the list of services`);
      return { operationId: await this.apply(tx, service, input.update, image, ctx), resourceId: service.id };
    });
    this.changes.announce();
    return accepted;
  }

  /** A revision with the present values of its secrets, when they are others. Returns the operation's id. */
  async roll(tx: Transaction, serviceId: string, ctx: CommandContext): Promise<string> {
    const service = await this.references.lock(ctx.account, serviceId, tx);
    if (!service) throw new DomainError('conflict', `service ${serviceId} was deleted at the same time; repeat the command`);
    return this.apply(tx, service, { secrets: { variables: {}, files: {} } }, undefined, ctx);
  }

  /** After the commit. */
  announce(): void {
    this.changes.announce();
  }

  private async nextImage({ ref, update }: RequestOf<typeof UpdateService>, ctx: CommandContext): Promise<ImagePin | undefined> {
    if (update.imageId === undefined) return undefined;
    const { environmentId } = await this.references.get(ctx.account, ref);
    return this.revisions.pin(update.imageId, environmentId, ctx);
  }

  /** Returns the operation's id. */
  private async apply(
    tx: Transaction,
    service: ServiceEntity,
    update: Update,
    image: ImagePin | undefined,
    ctx: CommandContext,
  ): Promise<string> {
    const current = await this.targets.of(tx, service);
    const refresh = update.secrets !== undefined && (await this.revisions.isStale(tx, current));
    const next = this.nextRevision(current, update, image, refresh);
    const from = replicasOf(service);
    const settings = mergeServiceSettings(service.settings, update, from);
    const settled = service.observedGeneration === service.generation;
    if (!next && settled && sameSettings(settings, service.settings)) return this.store.nothingToDo(tx, service, ctx);

    service.settings = settings;
    service.scaledReplicas = scaledReplicas(settings, from);
    await this.quota.check(tx, service, (next ?? current).settings.containerResourceReservation);
    if (next) {
      const revision = await this.revisions.insert(tx, next, ctx);
      await this.targets.supersede(tx, current, service);
      Object.assign(service, imageColumns(revision.image), { targetRevisionId: revision.id });
      if (service.servingRevisionId === null) Object.assign(service, { state: 'Running', error: null });
    }
    const to = replicasOf(service);
    if (from !== to)
      await this.changes.tell(tx, service, ServiceScaled, { ...factOf(service), from, to, reason: `set by ${ctx.actor}` }, ctx);
    const operationId = await this.store.nextGeneration(tx, service, ctx);
    await this.changes.commit(tx, service);
    return operationId;
  }

  /** The revision that the change asks for; undefined when what runs stays as it is. One that failed is tried again. */
  private nextRevision(
    current: RevisionEntity,
    update: Update,
    image: ImagePin | undefined,
    refresh: boolean,
  ): NewRevision | undefined {
    const before = this.revisions.envOf(current);
    const env = mergeEnv(before, update.env);
    const settings = mergeRevisionSettings(current.settings, update);
    const { variables, files } = current.secrets;
    const secrets = mergeSecrets({ variables, files }, update.secrets);
    const same =
      !refresh &&
      sameSettings(secrets, { variables, files }) &&
      current.status !== 'Failed' &&
      (image === undefined || image.id === current.image.id) &&
      sameSettings(settings, current.settings) &&
      sameSettings(env, before);
    if (same) return undefined;
    const { serviceId, serviceName } = current;
    return { serviceId, serviceName, image: image ?? current.image, settings, env, secrets };
  }
}
