import { chmod, copyFile, link, lstat, mkdir, mkdtemp, readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { ImagePin } from '#slipway/contracts';
import {
  digestHex,
  type Descriptor,
  type Digest,
  DistributionClient,
  type ImageConfig,
  parseConfig,
  parseDigest,
  parseManifest,
  removeUnpacked,
  unpackLayer,
} from '#slipway/oci';
import { DomainError, failpoint, type Log } from '#slipway/platform';
import { pythonPathOf, relocatableConfig } from './image-layout.js';
import type { ImageLayout } from './replica-environment.js';

/** What a merged view keeps beside its `app/`, so that a restart needs no registry. */
const layoutFile = 'image.json';
const Layout = z.object({
  layers: z.array(z.string()),
  pythonPath: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  args: z.array(z.string()),
});

const parts = ['app', 'opt/slipway/deps', 'opt/slipway/runtime'] as const;
/** Of layers that only hold an operating system: a process runs on the machine's own. */
const baseLayer = 'base';
const kindOf = (layer: Descriptor): string | undefined => layer.annotations?.['io.slipway.layer'];
const maxConfigBytes = 4 * 2 ** 20;
/** A half-made folder that nothing was changed about for this long is nobody's any more. */
const abandonedMs = 3_600_000;

/**
 * Images on this machine: each layer unpacked once at `layers/<digest>/`, and for each image one merged view of its
 * `/app` at `layers/<image digest>/app`. A folder appears whole or not at all.
 */
export class LayerStore {
  private readonly making = new Map<string, Promise<void>>();
  private readonly log: Log;

  constructor(
    private readonly root: string,
    private readonly registry: DistributionClient,
    log: Log,
  ) {
    this.log = log.for('layers');
  }

  /** Fetches and unpacks what is not there yet. Calls for one image share the layers that both need. */
  /** @throws DistributionError when the registry does not answer, or not to us. */
  async reach(): Promise<void> {
    await this.registry.headBlob('default/uploads', `sha256:${'0'.repeat(64)}`);
  }

  async open(image: ImagePin): Promise<ImageLayout> {
    await mkdir(this.root, { recursive: true, mode: 0o711 });
    const name = digestHex(parseDigest(image.digest));
    const known = await this.known(name);
    if (known) return known;
    await this.once(name, (folder) => this.fetch(image, folder));
    const layout = await this.known(name);
    if (!layout) throw new Error(`the unpacked image ${image.digest} cannot be read back`);
    return layout;
  }

  /** Removes what a deployer left half made that was killed long ago. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.root).catch(() => [] as string[])) {
      const folder = join(this.root, name);
      const made = name.startsWith('.') ? await lstat(folder).catch(() => undefined) : undefined;
      if (made && Date.now() - made.ctimeMs > abandonedMs) await removeUnpacked(folder);
    }
  }

  /** The layout of an image that is here with all its layers. */
  private async known(name: string): Promise<ImageLayout | undefined> {
    const text = await readFile(join(this.root, name, layoutFile), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const { layers, pythonPath, ...config } = Layout.parse(JSON.parse(text));
    if (!(await Promise.all(layers.map((layer) => exists(join(this.root, layer))))).every(Boolean)) return undefined;
    return { app: join(this.root, name, 'app'), pythonPath: pythonPath.map((path) => join(this.root, path)), ...config };
  }

  private async fetch(image: ImagePin, folder: string): Promise<void> {
    const manifest = parseManifest((await this.registry.getManifest(image.repository, image.digest)).bytes);
    const config = await this.config(image.repository, manifest.config);
    if (config.rootfs.diff_ids.length !== manifest.layers.length)
      throw new DomainError('unprocessable', `image ${image.name}:${image.version} has not as many layers as its config says`);
    const names = await Promise.all(
      manifest.layers.flatMap((layer, at) =>
        kindOf(layer) === baseLayer ? [] : [this.layer(image.repository, layer, config.rootfs.diff_ids[at]!)],
      ),
    );
    const layers = await Promise.all(names.map(async (layer) => ({ name: layer, has: await partsOf(join(this.root, layer)) })));
    const layout = { layers: names, pythonPath: pythonPathOf(layers), ...relocatableConfig(config) };
    await this.merge(layers, JSON.stringify(layout), folder);
  }

  private async config(repository: string, descriptor: Descriptor): Promise<ImageConfig> {
    if (descriptor.size > maxConfigBytes)
      throw new DomainError('unprocessable', 'the config of the image is too large to be one');
    const { stream } = await this.registry.getBlob(repository, descriptor.digest);
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    return parseConfig(Buffer.concat(chunks));
  }

  private async layer(repository: string, layer: Descriptor, diffId: Digest): Promise<string> {
    const name = digestHex(layer.digest);
    await this.once(name, async (folder) => {
      if (await exists(folder)) return;
      const { stream } = await this.registry.getBlob(repository, layer.digest);
      const { bytes } = await unpackLayer(stream, folder, { layer, diffId });
      this.log.info('a layer was unpacked', { digest: layer.digest, bytes });
    });
    return name;
  }

  /** Callers at the same time share one making; another process may be the first to finish the same folder. */
  private once(name: string, make: (folder: string) => Promise<void>): Promise<void> {
    const running = this.making.get(name);
    if (running) return running;
    const folder = join(this.root, name);
    const work = make(folder)
      .catch(async (error: unknown) => {
        if (!(await exists(folder))) throw error;
      })
      .finally(() => this.making.delete(name));
    this.making.set(name, work);
    return work;
  }

  /** The union of the layers' `app` folders, by hard links; a file of a higher layer wins. */
  private async merge(
    layers: readonly { name: string; has: readonly string[] }[],
    layout: string,
    target: string,
  ): Promise<void> {
    // Its files stay the same ones when layers had to be fetched again.
    if (await exists(target)) return;
    const staging = await mkdtemp(join(dirname(target), `.${basename(target)}.`));
    try {
      await mkdir(join(staging, 'app'));
      const done = new Set<string>();
      for (const layer of [...layers].reverse())
        if (layer.has.includes('app')) await linkTree(join(this.root, layer.name, 'app'), join(staging, 'app'), '', done);
      await writeFile(join(staging, layoutFile), layout, { mode: 0o444 });
      await sealTree(staging);
      await failpoint('deployer.before_app_rename');
      await rename(staging, target);
    } catch (error) {
      await removeUnpacked(staging);
      throw error;
    }
  }
}

async function linkTree(source: string, target: string, path: string, done: Set<string>): Promise<void> {
  for (const entry of await readdir(join(source, path), { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) {
      await mkdir(join(target, inner), { recursive: true, mode: 0o755 });
      await linkTree(source, target, inner, done);
    } else if (!done.has(inner)) {
      done.add(inner);
      await linkOrCopy(join(source, inner), join(target, inner));
    }
  }
}

async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch (error) {
    // Another file system, or one without hard links.
    if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await copyFile(source, target);
    await chmod(target, (await lstat(source)).mode & 0o777);
    await utimes(target, 0, 0);
  }
}

async function sealTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await sealTree(join(folder, entry.name));
  await chmod(folder, 0o555);
}

async function partsOf(folder: string): Promise<string[]> {
  const present = await Promise.all(parts.map((part) => exists(join(folder, part))));
  return parts.filter((_part, at) => present[at]);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
