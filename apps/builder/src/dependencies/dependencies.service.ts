import { Injectable } from '@nestjs/common';
import { type Digest, digestOf } from '#slipway/oci';
import { failpoint } from '#slipway/platform';
import type { BuildContext } from '../builds/build-context.js';
import { resolutionKey } from '../layers/layer-key.js';
import { LayersRepository, type ManifestLock } from '../layers/layers.repository.js';
import { ImageStore } from '../registry/image-store.adapter.js';
import { PythonFinder } from '../tools/python-finder.adapter.js';
import { parseCondaEnvironment } from './conda-environment.js';
import { parsePipRequirements } from './pip-requirements.js';
import { Uv } from './uv.adapter.js';

/** Turns a manifest's dependency files into its lock. */
@Injectable()
export class DependenciesService {
  constructor(
    private readonly layers: LayersRepository,
    private readonly store: ImageStore,
    private readonly uv: Uv,
    private readonly pythons: PythonFinder,
    private readonly reuseSeconds: number,
  ) {}

  /** The manifest's lock, resolved at its first build and fixed from then on. */
  async lockFor(context: BuildContext, parts: { runtimeKey: string; base: () => Promise<string> }): Promise<ManifestLock> {
    const { manifest, account } = context;
    const kept = await this.layers.findLock(manifest.id);
    if (kept) {
      context.say('the dependencies were locked at the first build of this manifest');
      return kept;
    }
    const lock = await this.resolve(await this.requirements(context), context);
    const { runtimeKey } = parts;
    const base = await parts.base();
    await failpoint('builder.before_lock_commit');
    const fixed = await this.layers.fixLock(manifest.id, account, { lock, lockDigest: digestOf(lock), runtimeKey, base });
    await failpoint('builder.after_lock_commit');
    return fixed;
  }

  private async requirements(context: BuildContext): Promise<string[]> {
    const { condaEnvFile, pipRequirements } = context.manifest.targetRuntime.properties;
    const read = (url: string, what: string): Promise<string> =>
      this.store.readText(`${context.account}/uploads`, url.slice('blob:'.length) as Digest, what, context.signal);
    const parts = [
      ...(condaEnvFile ? [parseCondaEnvironment(await read(condaEnvFile, 'the conda file'))] : []),
      ...(pipRequirements ? [parsePipRequirements(await read(pipRequirements, 'the pip requirements'))] : []),
    ];
    for (const note of parts.flatMap((part) => part.notes)) context.say(note);
    return [...new Set(parts.flatMap((part) => part.requirements.map(({ text }) => text)))];
  }

  private async resolve(requirements: string[], context: BuildContext): Promise<string> {
    if (requirements.length === 0) return '';
    const key = resolutionKey(requirements, this.uv.indexes, context.manifest);
    const known = await this.layers.findResolution(key, this.reuseSeconds);
    if (known !== undefined) {
      context.say('the same dependencies were resolved a moment ago; that lock is used');
      return known;
    }
    await context.progress(`resolving dependencies: ${requirements.join(', ')}`);
    const { python, platform } = context.manifest;
    const target = { python, platform, interpreter: await this.pythons.find(python) };
    const lock = await this.uv.compile(requirements, target, context);
    await this.layers.saveResolution(key, lock);
    return lock;
  }
}
