import { Injectable } from '@nestjs/common';
import { type CommandContext, type CreateManifest, ListPythonVersions, type Manifest, type RequestOf } from '#slipway/contracts';
import type { Digest } from '#slipway/oci';
import { CommandClient, DomainError, isDomainError } from '#slipway/platform';
import type { ArchiveFacts } from '../archives/archive-facts.js';
import { ArchivesService } from '../archives/archives.service.js';
import { UploadedBlobs } from '../blobs/uploaded-blobs.service.js';
import { toModelPin } from '../models/model.mapping.js';
import { ModelsService } from '../models/models.service.js';
import { type Collision, findCollision, type Placed } from './path-plan.js';
import { choosePython, pythonOfConda, type PythonWish } from './python-pin.js';

type Creation = RequestOf<typeof CreateManifest>;
type ReadAsset = Manifest['assets'][number] & { facts: ArchiveFacts };

/** What a manifest pins, found and checked before it is written. */
export type ManifestParts = Pick<Manifest, 'assets' | 'entry' | 'schemaPath' | 'models' | 'python'>;

const maxDependencyFile = 2 ** 20;
/** How long the deployer may think about its Pythons. */
const askMs = 5_000;

@Injectable()
export class ManifestPartsService {
  constructor(
    private readonly models: ModelsService,
    private readonly uploaded: UploadedBlobs,
    private readonly archives: ArchivesService,
    private readonly commands: CommandClient,
  ) {}

  async gather(input: Creation, ctx: CommandContext): Promise<ManifestParts> {
    const models = await this.findModels(input.modelIds, ctx.account);
    const assets = await this.readAssets(input, ctx.account);
    const driver = assetOf(assets, input.driverProgram, 'driverProgram');
    const schema = input.schemaAsset === undefined ? undefined : assetOf(assets, input.schemaAsset, 'schemaAsset');
    requireScript(driver);
    if (schema) requireFile(schema, 'the schema');
    await this.requireDisjoint(models, assets);
    const wish = await this.readDependencyFiles(input, ctx.account);
    const python = choosePython(wish, 'exact' in wish ? [] : await this.pythonVersions(ctx));
    const pins = assets.map(({ facts: _facts, ...pin }) => pin);
    return { models, assets: pins, entry: driver.path, schemaPath: schema?.path ?? null, python };
  }

  private async findModels(refs: string[], account: string): Promise<Manifest['models']> {
    const models = new Map<string, Manifest['models'][number]>();
    for (const ref of refs) {
      const model = await this.models.resolve(ref, account);
      models.set(model.id, toModelPin(model));
    }
    return [...models.values()];
  }

  private async readAssets(input: Creation, account: string): Promise<ReadAsset[]> {
    const assets = new Map<string, ReadAsset>();
    for (const asset of input.assets) {
      if (assets.has(asset.id)) throw new DomainError('unprocessable', `two assets have the id '${asset.id}'; give each its own`);
      const blob = await this.uploaded.require(account, asset.url, `the asset '${asset.id}'`);
      const facts = await this.archives.facts(blob.digest, `the archive of the asset '${asset.id}'`);
      if (facts.files === 0)
        throw new DomainError(
          'invalid_archive',
          `the asset '${asset.id}' is empty: '${facts.path || 'its archive'}' holds no file`,
        );
      assets.set(asset.id, { ...asset, ...blob, path: facts.path, facts });
    }
    return [...assets.values()];
  }

  private async requireDisjoint(models: Manifest['models'], assets: ReadAsset[]): Promise<void> {
    const placed: Placed[] = [
      ...models.map((model) => ({
        label: `model '${model.name}' version ${model.version}`,
        modelId: model.id,
        digest: model.digest as Digest,
        path: model.path,
      })),
      ...assets.map((asset) => ({
        label: `asset '${asset.id}' (${asset.path})`,
        digest: asset.digest as Digest,
        path: asset.path,
      })),
    ];
    const read = new Map<Digest, Promise<Map<string, Digest>>>();
    const collision = await findCollision(placed, ({ digest }) => {
      const files = read.get(digest) ?? this.archives.files(digest);
      read.set(digest, files);
      return files;
    });
    if (collision) throw collided(collision);
  }

  private async readDependencyFiles(input: Creation, account: string): Promise<PythonWish> {
    const { pipRequirements, condaEnvFile } = input.targetRuntime.properties;
    if (pipRequirements) await this.uploaded.text(account, pipRequirements, 'the pip requirements file', maxDependencyFile);
    return pythonOfConda(
      condaEnvFile ? await this.uploaded.text(account, condaEnvFile, 'the conda file', maxDependencyFile) : '',
    );
  }

  private async pythonVersions(ctx: CommandContext): Promise<{ version: string }[]> {
    // So that a deployer which does not answer is told apart from a registry which does not.
    const deadline = Math.min(ctx.deadline - 500, Date.now() + askMs);
    try {
      return (await this.commands.send(ListPythonVersions, {}, { ...ctx, deadline })).versions;
    } catch (error) {
      if (!isDomainError(error, 'deadline_exceeded')) throw error;
      throw new DomainError('service_unavailable', 'the deployer did not say which Pythons there are; repeat the request', [], {
        cause: error,
      });
    }
  }
}

function assetOf(assets: ReadAsset[], id: string, field: string): ReadAsset {
  const found = assets.find((asset) => asset.id === id);
  if (!found)
    throw new DomainError(
      'unprocessable',
      `${field} '${id}' is not among the assets: ${assets.map((asset) => asset.id).join(', ')}`,
    );
  return found;
}

function requireFile(asset: ReadAsset, what: string): void {
  if (asset.facts.kind !== 'file')
    throw new DomainError('unprocessable', `${what} '${asset.path}' is a folder with ${asset.facts.files} files; give one file`);
}

function requireScript(driver: ReadAsset): void {
  requireFile(driver, 'the scoring script');
  if (!driver.path.endsWith('.py'))
    throw new DomainError('unprocessable', `the scoring script '${driver.path}' does not end in .py`);
}

function collided({ path, one, other }: Collision): DomainError {
  return new DomainError(
    'path_collision',
    `'${path}' is claimed by ${one.label} and by ${other.label}; leave one of them out, or give it another path`,
    [one, other].map(({ label }) => ({ code: 'path_collision', message: `${label}: ${path}` })),
  );
}
