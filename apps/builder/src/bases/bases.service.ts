import { Injectable } from '@nestjs/common';
import { canonicalJson, digestOf } from '#slipway/oci';
import { DomainError } from '#slipway/platform';
import type { BaseProvider } from '../assembly/base-provider.port.js';
import type { BaseImage, Layer, SystemPackage } from '../assembly/build-result.js';
import type { BuildContext } from '../builds/build-context.js';
import { LayersRepository } from '../layers/layers.repository.js';
import type { PackedLayer } from '../layers/layer-packer.adapter.js';
import { LayersService } from '../layers/layers.service.js';
import { Apt, AptError } from './apt.adapter.js';
import { baseKey, layerKey, readDebianChoice, writeDebianChoice } from './base-choice.js';
import { DebianRoot } from './debian-root.adapter.js';
import { OciBase } from './oci-base.adapter.js';

/** Besides Python itself: what wheels with code of their own and programs in a network need. */
const wanted = ['base-files', 'ca-certificates', 'libgomp1', 'libstdc++6', 'media-types', 'tzdata'];
/** New manifests stand on the same packages for a day: security updates come in, and one layer is shared by most images. */
const reuseSeconds = 86_400;
const architectures: Readonly<Record<string, string>> = { x64: 'linux/amd64', arm64: 'linux/arm64' };
const noBase: BaseImage = { name: 'none', layers: [], env: {}, packages: [] };
const path = '/usr/local/bin:/usr/bin:/bin';

/** Root file systems of Debian packages or of an image elsewhere; without them, images that only a machine with Python can start. */
@Injectable()
export class BasesService implements BaseProvider {
  constructor(
    private readonly layers: LayersService,
    private readonly remembered: LayersRepository,
    private readonly apt: Apt,
    private readonly root: DebianRoot,
    private readonly foreign: OciBase,
    /** `SLIPWAY_BASE`. */
    private readonly setting: string,
  ) {}

  async choose(context: BuildContext): Promise<string> {
    if (this.setting !== 'debian') return this.setting;
    const { python, platform } = context.manifest;
    const key = digestOf(canonicalJson({ base: 'debian', python, platform, wanted }));
    const known = await this.remembered.findResolution(key, reuseSeconds);
    if (known) return known;
    await context.progress(`choosing the packages of the base with Python ${python}`);
    try {
      const choice = writeDebianChoice(await this.resolve(context));
      await this.remembered.saveResolution(key, choice);
      return choice;
    } catch (error) {
      if (!(error instanceof AptError)) throw error;
      context.say(
        `the image gets no base layer and runs only in environments of target process: ${error.message}; ` +
          `build where apt-get offers python${python}, or name another Python by python= in the conda file, then create the manifest again`,
      );
      return 'none';
    }
  }

  async open(choice: string, context: BuildContext): Promise<BaseImage> {
    if (choice === 'none') return noBase;
    if (choice.startsWith('oci:')) return this.openForeign(choice, context);
    const packages = readDebianChoice(choice);
    const layer = await this.layers.base(baseKey(choice), context, async () => {
      await context.progress(`laying out the base from ${packages.length} Debian packages`);
      const packed = await this.root.pack(await this.files(packages, context), context);
      await this.apt.keepOnly(packages);
      return packed;
    });
    return { name: 'debian', layers: [layer], env: { LANG: 'C.UTF-8', PATH: path }, packages };
  }

  private async openForeign(choice: string, context: BuildContext): Promise<BaseImage> {
    const { layers, env } = await this.foreign.describe(choice, context);
    const copied: Layer[] = [];
    for (const layer of layers) {
      const pack = async (): Promise<PackedLayer> => {
        await context.progress(`fetching a layer of ${layer.size} bytes of the base`);
        return this.foreign.fetch(choice, layer, context);
      };
      copied.push(await this.layers.base(layerKey(layer.digest), context, pack));
    }
    return { name: choice, layers: copied, env, packages: [] };
  }

  /** With what the machine knows, else with what its sources say now. */
  private async resolve(context: BuildContext): Promise<SystemPackage[]> {
    const { python, platform } = context.manifest;
    if (architectures[process.arch] !== platform) throw new AptError(`this machine has no packages for ${platform}`);
    const attempt = async (): Promise<SystemPackage[]> => {
      const packages = await this.apt.resolve([`python${python}`, ...wanted], context);
      // Only what can be had is written down.
      await this.apt.fetch(packages, context);
      return packages;
    };
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof AptError) || /is not on this machine/.test(error.message)) throw error;
      await this.apt.refresh(context);
      return attempt();
    }
  }

  private async files(packages: SystemPackage[], context: BuildContext): Promise<string[]> {
    try {
      return await this.apt.fetch(packages, context);
    } catch (error) {
      if (!(error instanceof AptError)) throw error;
      throw new DomainError(
        'unresolved_dependency',
        `the base that was fixed at the first build of this manifest cannot be laid out again: ${error.message}; create the manifest again`,
        [],
        { cause: error },
      );
    }
  }
}
