import { Injectable } from '@nestjs/common';
import {
  type CommandContext,
  CreateManifest,
  type ListManifests,
  type Manifest,
  ManifestCreated,
  type Page,
  type RequestOf,
} from '#slipway/contracts';
import { CommandLog, DomainError, failpoint, History, Outbox, toPage, type Transaction, uuidv7 } from '#slipway/platform';
import { ModelsService } from '../models/models.service.js';
import { cursorOf, pageFilter } from '../naming/page-filter.js';
import { readReference } from '../naming/reference.js';
import { ownPlatform, toManifest, toManifestCreated } from './manifest.mapping.js';
import { type ManifestParts, ManifestPartsService } from './manifest-parts.service.js';
import { ManifestsRepository } from './manifests.repository.js';

type Creation = RequestOf<typeof CreateManifest>;

@Injectable()
export class ManifestsService {
  constructor(
    private readonly commands: CommandLog,
    private readonly parts: ManifestPartsService,
    private readonly models: ModelsService,
    private readonly manifests: ManifestsRepository,
    private readonly history: History,
    private readonly outbox: Outbox,
  ) {}

  async create(input: Creation, ctx: CommandContext): Promise<Manifest> {
    const earlier = await this.commands.recall(CreateManifest, input, ctx);
    if (earlier) return earlier;
    if (input.targetRuntime.runtimeType === 'SparkPython')
      throw new DomainError(
        'not_supported',
        "the runtime 'SparkPython' (spark-py) is not available in this version; use 'Python' (-r python)",
      );
    const parts = await this.parts.gather(input, ctx);
    const manifest = await this.commands.once(CreateManifest, input, ctx, (tx) => this.insert(tx, input, parts, ctx));
    await failpoint('registry.after_manifest_commit');
    return manifest;
  }

  async get(ref: string, ctx: CommandContext): Promise<Manifest> {
    for (const reference of readReference(ref)) {
      const found = await this.manifests.find(ctx.account, reference);
      if (found) return toManifest(found);
    }
    throw new DomainError(
      'not_found',
      `there is no manifest '${ref}' in account ${ctx.account}; 'slipway manifest list' shows those that exist`,
    );
  }

  async list(input: RequestOf<typeof ListManifests>, ctx: CommandContext): Promise<Page<Manifest>> {
    const filter = { ...pageFilter(ctx.account, input), name: input.manifestName?.normalize('NFC') };
    if (input.modelId === undefined) return toPage(await this.manifests.list(filter), input.count, cursorOf, toManifest);
    const model = await this.models.find(input.modelId, ctx.account);
    if (!model) return { value: [] };
    return toPage(await this.manifests.list({ ...filter, modelId: model.id }), input.count, cursorOf, toManifest);
  }

  private async insert(tx: Transaction, input: Creation, parts: ManifestParts, ctx: CommandContext): Promise<Manifest> {
    const { name, description = null, driverProgram, targetRuntime } = input;
    const row = await this.manifests.insertNextVersion(tx, {
      id: uuidv7(),
      account: ctx.account,
      name,
      description,
      driverProgram,
      targetRuntime,
      ...parts,
      platform: ownPlatform(),
      createdBy: ctx.actor,
    });
    const manifest = toManifest(row);
    await this.history.record(tx, 'manifest', row.id, row.rowVersion, manifest);
    await this.outbox.append(tx, ManifestCreated, { id: row.id, version: row.rowVersion }, toManifestCreated(manifest), ctx);
    await failpoint('registry.before_manifest_commit');
    return manifest;
  }
}
