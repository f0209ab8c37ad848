import { Injectable } from '@nestjs/common';
import { type CommandContext, GetImage, type ImagePin, type SecretRefs } from '#slipway/contracts';
import { CommandClient, SealBox, type Transaction, uuidv7 } from '#slipway/platform';
import { isReservedVariable } from '../compute/process/replica-environment.js';
import { ComputeTargets } from '../compute/compute-targets.js';
import { SecretPins } from '../secrets/secret-pins.js';
import { ImageProof } from './image-proof.adapter.js';
import { pinImage } from './image-pin.js';
import type { RevisionEntity, RevisionSettings } from './revision.entity.js';
import { RevisionsRepository } from './revisions.repository.js';
import { openEnv, sealEnv } from './service-env.js';
import { checkSecrets } from './service-secrets.js';
import type { ServiceEntity } from './service.entity.js';

export interface NewRevision {
  serviceId: string;
  serviceName: string;
  image: ImagePin;
  settings: RevisionSettings;
  env: Readonly<Record<string, string>>;
  secrets: SecretRefs;
}

@Injectable()
export class RevisionsService {
  constructor(
    private readonly commands: CommandClient,
    private readonly revisions: RevisionsRepository,
    private readonly box: SealBox,
    private readonly targets: ComputeTargets,
    private readonly secrets: SecretPins,
    private readonly proof: ImageProof,
  ) {}

  /** What a revision keeps of an image. @throws DomainError when there is no such image, or it cannot be run there. */
  async pin(ref: string, environmentId: string, ctx: CommandContext): Promise<ImagePin> {
    const image = pinImage(await this.commands.send(GetImage, { ref }, ctx));
    await this.proof.require(image);
    await (await this.targets.of(environmentId)).check(image);
    return image;
  }

  async insert(tx: Transaction, revision: NewRevision, ctx: CommandContext): Promise<RevisionEntity> {
    const { serviceId, serviceName, image, settings, env, secrets } = revision;
    checkSecrets(secrets, env, isReservedVariable);
    return this.revisions.insert(tx, {
      id: uuidv7(),
      account: ctx.account,
      serviceId,
      serviceName,
      image,
      settings,
      envSealed: sealEnv(this.box, serviceId, env),
      envNames: Object.keys(env).sort(),
      ...(await this.secrets.pin(tx, ctx.account, serviceId, secrets)),
      status: 'Pending',
      error: null,
      createdBy: ctx.actor,
      expiredAt: null,
    });
  }

  /** Whether a secret that it was made with has another value by now. */
  isStale(tx: Transaction, revision: RevisionEntity): Promise<boolean> {
    return this.secrets.stale(tx, revision);
  }

  /** All that its replicas get: the user's variables, those from secrets, and texts of secret files by their path. */
  inputsOf(revision: RevisionEntity): { env: Record<string, string>; secretFiles: Record<string, string> } {
    const { variables, files } = this.secrets.valuesOf(revision);
    return { env: { ...this.envOf(revision), ...variables }, secretFiles: files };
  }

  envOf(revision: RevisionEntity): Record<string, string> {
    return openEnv(this.box, revision.serviceId, revision.envSealed);
  }
}

/** The columns by which lists find a service that shall run an image. */
export function imageColumns(
  image: ImagePin,
): Pick<ServiceEntity, 'imageId' | 'manifestId' | 'manifestName' | 'modelIds' | 'modelNames'> {
  return {
    imageId: image.id,
    manifestId: image.manifestId,
    manifestName: image.manifestName,
    modelIds: image.models.map((model) => model.id),
    modelNames: [...new Set(image.models.map((model) => model.name))],
  };
}
