import { Inject, Injectable } from '@nestjs/common';
import { assemble } from '../assembly/assemble.js';
import { BASE_PROVIDER, type BaseProvider } from '../assembly/base-provider.port.js';
import type { BuildResult } from '../assembly/build-result.js';
import { buildStatement } from '../assembly/provenance.js';
import { buildSbom } from '../assembly/sbom.js';
import { DependenciesService } from '../dependencies/dependencies.service.js';
import { checkImports, requireSyntax } from '../imports/import-check.js';
import { PythonSource } from '../imports/python-source.adapter.js';
import { LayersService } from '../layers/layers.service.js';
import type { BuildContext } from './build-context.js';

/** From a manifest to an image that can be published under any name. */
@Injectable()
export class BuildPipeline {
  constructor(
    private readonly layers: LayersService,
    private readonly sources: PythonSource,
    private readonly dependencies: DependenciesService,
    @Inject(BASE_PROVIDER) private readonly base: BaseProvider,
  ) {}

  /** @throws DomainError with the user's mistake; anything else is a failure of the installation */
  async build(context: BuildContext): Promise<BuildResult> {
    const { manifest } = context;
    await context.progress('reading the script');
    const code = await this.layers.code(context);
    const imports = await this.sources.readImports(code.folder, context);
    requireSyntax(imports, manifest);

    const lock = await this.dependencies.lockFor(context, {
      runtimeKey: this.layers.runtimeKeyFor(context),
      base: () => this.base.choose(context),
    });
    const base = await this.base.open(lock.base, context);
    const runtime = await this.layers.runtime(lock, context);
    const packages = await this.layers.dependencies(lock, context, (modules) => {
      for (const warning of checkImports(imports, [...modules, ...runtime.modules], manifest)) context.say(warning);
    });

    const layers = [
      ...base.layers,
      packages,
      runtime,
      await this.layers.pushCode(code.packed, context),
      ...this.layers.models(context),
    ].map(({ kind, mediaType, digest, diffId, size, repository }) => ({ kind, mediaType, digest, diffId, size, repository }));
    const { lockDigest } = lock;
    const sbom = buildSbom(lock.lock, base.packages);
    const image = assemble(manifest, layers, lockDigest, base);
    const statement = buildStatement(manifest, image.digest, { lockDigest, base, layers });
    return { ...image, layers, lockDigest, sbom, statement };
  }
}
