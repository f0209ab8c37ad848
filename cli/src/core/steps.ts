import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import type { BlobSource } from '#slipway/oci';
import type { Image, Manifest, ManifestCreation, Model, Service, ServiceSettings } from './api.js';
import { CliError } from './errors.js';
import { pack, packModel, packSchema, packScript, type Packed, rawFile } from './pack.js';
import type { Shell } from './shell.js';

export interface ManifestInputs {
  script: string;
  runtime: string;
  modelFiles: string[];
  /** Registered models: ids, names or `name:version`. */
  modelIds: string[];
  schemaFile?: string | undefined;
  condaFile?: string | undefined;
  pipFile?: string | undefined;
  dependencies: string[];
}

/** Names a run of several steps; `--resume` with it repeats nothing that was done. */
export const newRunId = (): string => randomBytes(6).toString('hex');

/** A name for something made on the way: at most 30 characters, no trailing `-` or `.`. */
export const derivedName = (name: string): string => name.slice(0, 30).replace(/[-.]+$/, '');

/** The steps of one command, each under the key `<run id>/<step>`: a repeat gives the first answer again. */
export class Steps {
  constructor(
    private readonly shell: Shell,
    readonly runId: string,
  ) {}

  /** Names this run in a failure that is ours, so that a repeat goes on instead of starting anew. */
  async resumable<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CliError) || error.exitCode !== 2) throw error;
      throw new CliError(
        error.message,
        2,
        error.details,
        `repeat the command with --resume ${this.runId}; nothing is done twice`,
      );
    }
  }

  async registerModel(
    typed: string,
    flag: string,
    as: { name?: string; description?: string | undefined; tags?: string[] | undefined; path?: string },
  ): Promise<Model> {
    const packed = await packModel(typed, this.shell.cwd, flag, as.path);
    return this.register(packed, as);
  }

  async createManifest(name: string, inputs: ManifestInputs, description?: string): Promise<Manifest> {
    const script = await packScript(inputs.script, this.shell.cwd);
    const models = await this.packAll(inputs.modelFiles, packModel, '-m');
    const dependencies = await this.packAll(inputs.dependencies, pack, '-d');
    const schema = inputs.schemaFile === undefined ? undefined : await packSchema(inputs.schemaFile, this.shell.cwd);
    const conda = inputs.condaFile === undefined ? undefined : await rawFile(inputs.condaFile, this.shell.cwd, '-c');
    const pip = inputs.pipFile === undefined ? undefined : await rawFile(inputs.pipFile, this.shell.cwd, '-p');

    if (models.length + inputs.modelIds.length === 0)
      this.shell.progress.note('No model information provided, skipping model creation');
    const registered: string[] = [];
    for (const model of models) registered.push((await this.register(model, {})).id);
    const assets = [
      { id: 'driver', packed: script },
      ...dependencies.map((packed, index) => ({ id: `dependency-${index}`, packed })),
      ...(schema ? [{ id: 'schema', packed: schema }] : []),
    ];
    // A schema that a dependency folder already holds is named by both; it is sent once.
    for (const { packed } of assets) await this.upload(packed.typed, packed.blob);
    for (const raw of [conda, pip]) if (raw) await this.upload(raw.typed, raw.blob);
    return this.postManifest({
      name,
      ...(description ? { description } : {}),
      driverProgram: 'driver',
      ...(schema ? { schemaAsset: 'schema' } : {}),
      assets: assets.map(({ id, packed }) => ({
        id,
        url: `blob:${packed.blob.digest}`,
        mimeType: id === 'driver' ? 'application/x-python' : 'application/octet-stream',
        unpack: true,
      })),
      targetRuntime: {
        runtimeType: 'Python',
        properties: {
          ...(conda ? { condaEnvFile: `blob:${conda.blob.digest}` } : {}),
          ...(pip ? { pipRequirements: `blob:${pip.blob.digest}` } : {}),
        },
      },
      modelIds: [...registered, ...inputs.modelIds],
    });
  }

  async postManifest(manifest: ManifestCreation): Promise<Manifest> {
    this.shell.progress.step('creating the manifest');
    return this.shell.api().createManifest(manifest, this.key('manifest'));
  }

  async buildImage(name: string, manifestId: string, description?: string): Promise<Image> {
    this.shell.progress.step('building the image');
    const api = this.shell.api();
    const accepted = await api.createImage({ name, manifestId, ...(description ? { description } : {}) }, this.key('image'));
    await this.wait(accepted.operationId, 'image');
    return api.getImage(accepted.resourceId);
  }

  async createService(name: string, imageId: string, settings: ServiceSettings): Promise<Service> {
    this.shell.progress.step('creating the service');
    const api = this.shell.api();
    const accepted = await api.createService({ name, imageId, ...settings }, this.key('service'));
    await this.wait(accepted.operationId, 'service');
    return api.getService(accepted.resourceId);
  }

  async updateService(ref: string, change: ServiceSettings & { imageId?: string }): Promise<Service> {
    this.shell.progress.step('updating the service');
    const api = this.shell.api();
    const accepted = await api.updateService(ref, change, this.key('service'));
    await this.wait(accepted.operationId, 'service');
    return api.getService(accepted.resourceId);
  }

  async upload(what: string, blob: BlobSource): Promise<void> {
    const total = size(blob.size);
    this.shell.progress.step(`uploading ${what} (${total})`);
    await this.shell.api().upload(what, blob, this.shell.signal, (sent) => {
      if (blob.size > 8 * 2 ** 20) this.shell.progress.step(`uploading ${what} (${size(sent)} of ${total})`);
    });
  }

  private async register(
    packed: Packed,
    as: { name?: string; description?: string | undefined; tags?: string[] | undefined },
  ): Promise<Model> {
    await this.upload(packed.typed, packed.blob);
    this.shell.progress.step(`registering ${packed.typed}`);
    return this.shell.api().registerModel(
      {
        name: as.name ?? basename(packed.path).normalize('NFC'),
        url: `blob:${packed.blob.digest}`,
        ...(as.description ? { description: as.description } : {}),
        ...(as.tags ? { tags: as.tags } : {}),
      },
      this.key(`model/${packed.path}`),
    );
  }

  private async packAll(typed: string[], packOne: typeof pack, flag: string): Promise<Packed[]> {
    const packed: Packed[] = [];
    for (const path of typed) packed.push(await packOne(path, this.shell.cwd, flag));
    return packed;
  }

  private async wait(operationId: string, kind: 'image' | 'service'): Promise<void> {
    await this.shell
      .api()
      .waitFor(operationId, this.shell.signal, (text) => this.shell.progress.step(`${kind}: ${text}`), this.runId);
  }

  private key(step: string): string {
    const key = `${this.runId}/${step}`;
    if (key.length <= 128 && /^[\x21-\x7e]+$/.test(key)) return key;
    return `${this.runId}/${Buffer.from(step).toString('hex').slice(-100)}`;
  }
}

export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1_000;
  let unit = 0;
  for (; value >= 1_000 && unit < units.length - 1; unit += 1) value /= 1_000;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** The model of a live service whose place a new file or folder takes. */
export function replacedModel(
  live: Service['models'],
  packed: Pick<Packed, 'typed' | 'path' | 'kept'>,
): Service['models'][number] {
  const same = live.find((model) => model.path === packed.kept || model.path === packed.path);
  if (same) return same;
  const [only, ...others] = live;
  if (only && others.length === 0) return only;
  throw new CliError(
    `-m ${packed.typed} does not say which model it replaces`,
    1,
    live.map((model) => `live: ${model.path} (${model.name}:${model.version})`),
    `give the new file the path of one of them, for example ${only?.path ?? 'model.pkl'}`,
  );
}
