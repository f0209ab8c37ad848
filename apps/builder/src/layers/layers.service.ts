import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { collectEntries, type Digest, layOutCanonicalTar, mediaTypes } from '#slipway/oci';
import { failpoint } from '#slipway/platform';
import { dependenciesFolder, runtimeFolderInImage } from '../assembly/assemble.js';
import type { Layer } from '../assembly/build-result.js';
import { packagesOf } from '../assembly/sbom.js';
import type { BuildContext } from '../builds/build-context.js';
import { ImageStore } from '../registry/image-store.adapter.js';
import { importableNames } from './folder-entries.js';
import { dependenciesKey, runtimeKey } from './layer-key.js';
import { LayerPacker, type PackedLayer } from './layer-packer.adapter.js';
import { type CachedLayer, LayersRepository, type ManifestLock } from './layers.repository.js';
import { RuntimeSource } from './runtime-source.js';

/** A layer of Python packages and the top-level names that can be imported from it. */
export interface PackageLayer extends Layer {
  modules: string[];
}

interface Made {
  packed: PackedLayer;
  modules: string[];
}

/** Makes the layers of an image, or finds them. */
@Injectable()
export class LayersService {
  private readonly making = new Map<string, Promise<unknown>>();

  constructor(
    private readonly layers: LayersRepository,
    private readonly store: ImageStore,
    private readonly packer: LayerPacker,
    private readonly runtimeSource: RuntimeSource,
  ) {}

  /** Key of the runtime layer that this installation would make now. */
  runtimeKeyFor(context: BuildContext): string {
    return runtimeKey(this.runtimeSource.digest, context.manifest);
  }

  /** @param accept is told what can be imported before the costly part; it may refuse by throwing */
  dependencies(lock: ManifestLock, context: BuildContext, accept: (modules: string[]) => void): Promise<PackageLayer> {
    const install = async (): Promise<string> => {
      const count = packagesOf(lock.lock).length;
      await context.progress(`installing ${count} ${count === 1 ? 'package' : 'packages'}`);
      return this.packer.install(await this.packer.writeLock(lock.lock, context), 'dependencies', context);
    };
    const make = () => this.packModules('dependencies', context, accept, install);
    return this.cached(dependenciesKey(lock.lockDigest, context.manifest), 'dependencies', context, accept, make);
  }

  /** The runtime of the manifest's first build, or today's when that is gone. */
  async runtime(lock: ManifestLock, context: BuildContext): Promise<PackageLayer> {
    const current = this.runtimeKeyFor(context);
    const kept = lock.runtimeKey === current ? null : await this.find(lock.runtimeKey, context);
    if (kept) return kept;
    if (lock.runtimeKey !== current) context.say('the runtime of the first build is no longer here; the current one is used');
    const install = async (): Promise<string> => {
      await context.progress('adding the runtime');
      const folder = await this.packer.install(this.runtimeSource.lockFile, 'runtime', context);
      this.runtimeSource.copyTo(folder);
      if (this.runtimeKeyFor(context) !== current) throw new Error('the runtime changed while its layer was made');
      return folder;
    };
    const make = () => this.packModules('runtime', context, () => undefined, install);
    return this.cached(current, 'runtime', context, () => undefined, make);
  }

  /** A layer of the base, by the key of what it is made of. */
  base(key: Digest, context: BuildContext, pack: () => Promise<PackedLayer>): Promise<Layer> {
    const make = async () => ({ packed: await pack(), modules: [] });
    return this.cached(key, 'base', context, () => undefined, make);
  }

  /** The script and what goes with it, merged below `/app`, and unpacked again to be read. */
  async code(context: BuildContext): Promise<{ packed: PackedLayer; folder: string }> {
    const { manifest, account, folder, signal } = context;
    const unpacked = await Promise.all(
      manifest.assets.map(async ({ digest, size }, at) => {
        const target = join(folder, `asset-${at}`);
        await this.store.unpack(`${account}/uploads`, { digest: digest as Digest, size }, target, signal);
        return join(target, 'app');
      }),
    );
    const entries = await Promise.all(unpacked.map((each) => collectEntries(each, 'app')));
    const packed = await this.packer.packPlain(await layOutCanonicalTar(entries.flat()), 'code', context);
    return { packed, folder: join(await this.packer.unpack(packed, join(folder, 'code'), context), 'app') };
  }

  async pushCode(packed: PackedLayer, context: BuildContext): Promise<Layer> {
    await this.push(packed, context);
    return toLayer('code', packed, context.repository);
  }

  /** The registered archives themselves. */
  models(context: BuildContext): Layer[] {
    return context.manifest.models.map(({ digest, size }) => ({
      kind: 'model',
      mediaType: mediaTypes.layer,
      digest: digest as Digest,
      diffId: digest as Digest,
      size,
      repository: `${context.account}/models`,
    }));
  }

  /** Finds a layer by its key or makes it, once at a time in this process. */
  private async cached(
    key: string,
    kind: CachedLayer['kind'],
    context: BuildContext,
    accept: (modules: string[]) => void,
    make: () => Promise<Made>,
  ): Promise<PackageLayer> {
    while (this.making.has(key)) await this.making.get(key)?.catch(() => undefined);
    const work = (async () => {
      const found = await this.find(key, context);
      if (!found) return this.keep(key, kind, context, await make());
      accept(found.modules);
      context.say(`the ${kind} layer ${found.digest} is reused`);
      return found;
    })();
    this.making.set(key, work);
    try {
      return await work;
    } finally {
      this.making.delete(key);
    }
  }

  private async packModules(
    kind: 'dependencies' | 'runtime',
    context: BuildContext,
    accept: (modules: string[]) => void,
    install: () => Promise<string>,
  ): Promise<Made> {
    const target = kind === 'runtime' ? runtimeFolderInImage : dependenciesFolder;
    const folder = await install();
    const modules = await importableNames(folder);
    accept(modules);
    await context.progress(`compiling the modules of the ${kind} layer`);
    await this.packer.compile(folder, target, context);
    await context.progress(`packing the ${kind} layer`);
    const packed = await this.packer.packCompressed(folder, target, context);
    await rm(folder, { recursive: true, force: true });
    return { packed, modules };
  }

  private async keep(key: string, kind: CachedLayer['kind'], context: BuildContext, made: Made): Promise<PackageLayer> {
    const { packed, modules } = made;
    await failpoint('builder.before_layer_push');
    await this.push(packed, context);
    await failpoint('builder.after_layer_push');
    const layer = { ...toLayer(kind, packed, context.repository), modules };
    const { mediaType, digest, diffId, size, repository } = layer;
    await this.layers.saveLayer({ key, kind, mediaType, digest, diffId, size, repository, modules });
    return layer;
  }

  /** A layer made before, if the registry still has it. */
  private async find(key: string, context: BuildContext): Promise<PackageLayer | null> {
    const row = await this.layers.findLayer(key);
    if (!row || !(await this.store.has(row.repository, row.digest as Digest, context.signal))) return null;
    return fromRow(row);
  }

  private async push(packed: PackedLayer, context: BuildContext): Promise<void> {
    const { digest, size } = packed;
    await this.store.pushFile(context.repository, { digest, size }, packed.file, context.signal);
    await rm(packed.file, { force: true });
  }
}

const toLayer = <Kind extends Layer['kind']>(kind: Kind, packed: PackedLayer, repository: string): Layer & { kind: Kind } => ({
  kind,
  mediaType: packed.mediaType,
  digest: packed.digest,
  diffId: packed.diffId,
  size: packed.size,
  repository,
});

function fromRow({ kind, mediaType, digest, diffId, size, repository, modules }: CachedLayer): PackageLayer {
  return { kind, mediaType, digest: digest as Digest, diffId: diffId as Digest, size, repository, modules };
}
