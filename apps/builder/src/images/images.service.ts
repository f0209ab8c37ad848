import { Injectable } from '@nestjs/common';
import {
  type CommandContext,
  CreateImage,
  GetManifest,
  ImageRequested,
  type Image,
  ListImages,
  type Operation,
  type Page,
  type RequestOf,
  type ResponseOf,
} from '#slipway/contracts';
import { CommandClient, CommandLog, DomainError, failpoint, Outbox, readCursor, toPage, uuidv7 } from '#slipway/platform';
import { BuildQueue } from '../builds/build-queue.js';
import { BuildsRepository } from '../builds/builds.repository.js';
import { inputDigest } from '../layers/layer-key.js';
import { DiskSpace } from '../tools/disk-space.adapter.js';
import { toImage, toOperation } from './image-view.js';
import { ImagesRepository } from './images.repository.js';

@Injectable()
export class ImagesService {
  constructor(
    private readonly images: ImagesRepository,
    private readonly builds: BuildsRepository,
    private readonly commands: CommandClient,
    private readonly commandLog: CommandLog,
    private readonly outbox: Outbox,
    private readonly queue: BuildQueue,
    private readonly disk: DiskSpace,
  ) {}

  /** Records the next version of an image and queues its build; both commit together. */
  async create(input: RequestOf<typeof CreateImage>, ctx: CommandContext): Promise<ResponseOf<typeof CreateImage>> {
    const known = await this.commandLog.recall(CreateImage, input, ctx);
    if (known) return known;
    await this.disk.require();
    const manifest = await this.commands.send(GetManifest, { ref: input.manifestId }, ctx);
    await failpoint('builder.before_request_commit');
    const accepted = await this.commandLog.once(CreateImage, input, ctx, async (tx) => {
      const { account } = ctx;
      const id = uuidv7();
      const operationId = `image-${uuidv7()}`;
      const buildId = await this.builds.enqueue(tx, account, inputDigest(manifest), manifest);
      const version = await this.images.nextVersion(tx, account, input.name);
      const image = {
        id,
        account,
        name: input.name,
        description: input.description ?? null,
        computeResourceId: input.computeResourceId ?? null,
        manifestId: manifest.id,
        manifestName: manifest.name,
        manifestVersion: manifest.version,
        manifest,
        buildId,
        correlationId: ctx.correlationId,
        createdBy: ctx.actor,
      };
      const row = await this.images.insert(tx, image, version);
      await this.images.insertOperation(tx, { id: operationId, account, imageId: id, progress: 'waiting for a builder' });
      const data = { id, name: row.name, version, manifestId: manifest.id };
      await this.outbox.append(tx, ImageRequested, { id, version: row.rowVersion }, data, ctx);
      return { operationId, resourceId: id };
    });
    await failpoint('builder.after_request_commit');
    this.queue.wake();
    return accepted;
  }

  async get(ref: string, ctx: CommandContext): Promise<Image> {
    const row = await this.images.find(ctx.account, ref);
    if (!row)
      throw new DomainError('not_found', `there is no image '${ref}'; the list of images shows their ids, names and versions`);
    return toImage(row);
  }

  async list(input: RequestOf<typeof ListImages>, ctx: CommandContext): Promise<Page<Image>> {
    const filter = { name: input.imageName, manifest: input.manifestId, manifestName: input.manifestName };
    const rows = await this.images.list(ctx.account, filter, input.count, readCursor(input.skipToken));
    return toPage(rows, input.count, (row) => ({ createdAt: row.createdAt.toISOString(), id: row.id }), toImage);
  }

  async operation(id: string, ctx: CommandContext): Promise<Operation> {
    const row = await this.images.findOperation(ctx.account, id);
    if (!row) throw new DomainError('not_found', `there is no operation '${id}'`);
    return toOperation(row);
  }
}
