import { Injectable } from '@nestjs/common';
import {
  type CommandContext,
  type ListModels,
  type Model,
  ModelRegistered,
  type Page,
  RegisterModel,
  type RequestOf,
} from '#slipway/contracts';
import { CommandLog, DomainError, failpoint, History, Outbox, toPage, type Transaction, uuidv7 } from '#slipway/platform';
import type { ArchiveFacts } from '../archives/archive-facts.js';
import { ArchivesService } from '../archives/archives.service.js';
import { type UploadedBlob, UploadedBlobs } from '../blobs/uploaded-blobs.service.js';
import { cursorOf, pageFilter } from '../naming/page-filter.js';
import { readReference } from '../naming/reference.js';
import { ModelArtifacts } from './model-artifacts.service.js';
import type { ModelRow } from './model.entity.js';
import { toModel, toModelPin } from './model.mapping.js';
import { ModelsRepository } from './models.repository.js';

type Registration = RequestOf<typeof RegisterModel>;

@Injectable()
export class ModelsService {
  constructor(
    private readonly commands: CommandLog,
    private readonly uploaded: UploadedBlobs,
    private readonly archives: ArchivesService,
    private readonly models: ModelsRepository,
    private readonly artifacts: ModelArtifacts,
    private readonly history: History,
    private readonly outbox: Outbox,
  ) {}

  async register(input: Registration, ctx: CommandContext): Promise<Model> {
    const earlier = await this.commands.recall(RegisterModel, input, ctx);
    if (earlier) return earlier;
    const blob = await this.uploaded.require(ctx.account, input.url, `the model '${input.name}'`);
    const facts = await this.archives.facts(blob.digest, `the archive of the model '${input.name}'`);
    requireContent(input.name, facts);
    await this.artifacts.prepare();
    const model = await this.commands.once(RegisterModel, input, ctx, (tx) => this.insert(tx, input, blob, facts, ctx));
    await failpoint('registry.after_model_commit');
    return model;
  }

  async get(ref: string, ctx: CommandContext): Promise<Model> {
    return toModel(await this.resolve(ref, ctx.account));
  }

  /** By id, name (newest) or `name:version`. @throws DomainError `not_found`. */
  async resolve(ref: string, account: string): Promise<ModelRow> {
    const found = await this.find(ref, account);
    if (found) return found;
    throw new DomainError(
      'not_found',
      `there is no model '${ref}' in account ${account}; 'slipway model list' shows those that exist`,
    );
  }

  async find(ref: string, account: string): Promise<ModelRow | undefined> {
    for (const reference of readReference(ref)) {
      const found = await this.models.find(account, reference);
      if (found) return found;
    }
    return undefined;
  }

  async list(input: RequestOf<typeof ListModels>, ctx: CommandContext): Promise<Page<Model>> {
    const rows = await this.models.list({
      ...pageFilter(ctx.account, input),
      name: input.name?.normalize('NFC'),
      tag: input.tag,
    });
    return toPage(rows, input.count, cursorOf, toModel);
  }

  private async insert(
    tx: Transaction,
    input: Registration,
    blob: UploadedBlob,
    facts: ArchiveFacts,
    ctx: CommandContext,
  ): Promise<Model> {
    const { name, mimeType, unpack, tags, description = null } = input;
    const row = await this.models.insertNextVersion(tx, {
      id: uuidv7(),
      account: ctx.account,
      name,
      mimeType,
      unpack,
      tags,
      description,
      ...blob,
      path: facts.path,
      contentDigest: facts.contentDigest,
      createdBy: ctx.actor,
    });
    const model = toModel(row);
    await this.artifacts.publish(tx, row);
    await this.history.record(tx, 'model', row.id, row.rowVersion, model);
    const fact = { ...toModelPin(model), contentDigest: model.contentDigest };
    await this.outbox.append(tx, ModelRegistered, { id: row.id, version: row.rowVersion }, fact, ctx);
    await failpoint('registry.before_model_commit');
    return model;
  }
}

function requireContent(name: string, facts: ArchiveFacts): void {
  if (facts.files === 0)
    throw new DomainError(
      'invalid_archive',
      `the model '${name}' is empty: '${facts.path || 'its archive'}' holds no file; give the file or folder that your training wrote`,
    );
  if (facts.totalBytes === 0)
    throw new DomainError(
      'invalid_archive',
      `the model '${name}' is empty: '${facts.path}' has 0 bytes; save the model again and check the path`,
    );
}
