import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { SystemPackage } from '../assembly/build-result.js';
import type { StepContext } from '../dependencies/uv.adapter.js';
import { runStep } from '../tools/child-process.adapter.js';

/** apt could not do what was asked, for a reason that its message says in one line. */
export class AptError extends Error {
  override readonly name = 'AptError';
}

const inUseMs = 3_600_000;

/** Needed by a system that is administered, not by one that runs a program; most of them by maintainer scripts, which never run. */
const leftOut =
  /^(?:adduser|awk|cdebconf|debconf|dpkg|init-system-helpers|mawk|openssl|passwd|perl-base|readline-common|sed|tar|libacl1|libaudit.*|libcap-ng0|libdebconfclient0|libmd0|libpam.*|libpcre2-8-0|libselinux1|libsemanage.*|libsepol2)$/;

/** Chooses and downloads Debian packages from the machine's own sources, without root and without installing anything. */
export class Apt {
  /** Lists fetched by this program, once the machine's own were of no use. */
  private useOwnLists = false;

  constructor(
    private readonly cacheFolder: string,
    private readonly tools: Readonly<Record<string, string>>,
  ) {}

  /** Names, versions and digests of packages with all that they need. @throws AptError */
  async resolve(names: readonly string[], context: StepContext): Promise<SystemPackage[]> {
    const plan = await this.run('apt-get', ['--simulate', 'install', ...names], context);
    const chosen = [...plan.matchAll(/^Inst (\S+) \((\S+) /gm)]
      .filter(([, name]) => !leftOut.test(name!))
      .map(([, name, version]) => `${name}=${version}`);
    const described = await this.run('apt-cache', ['show', ...chosen], context);
    const packages = described.split('\n\n').flatMap((text) => {
      const field = (key: string): string | undefined => new RegExp(`^${key}: (.+)$`, 'm').exec(text)?.[1];
      const [name, version, sha256] = [field('Package'), field('Version'), field('SHA256')];
      return name && version && sha256 ? [{ name, version, sha256 }] : [];
    });
    const found = packages.filter(({ name, version }) => chosen.includes(`${name}=${version}`));
    const unique = [...new Map(found.map((each) => [each.name, each])).values()];
    if (unique.length !== chosen.length) throw new AptError('apt does not say the digests of the packages that it chose');
    return unique;
  }

  /** The packages' files, downloaded unless they are here already. @throws AptError, also for a file with another digest */
  async fetch(packages: readonly SystemPackage[], context: StepContext): Promise<string[]> {
    await mkdir(this.debs, { recursive: true });
    const missing = packages.filter((each) => !existsSync(this.fileOf(each)));
    if (missing.length > 0) await this.download(missing, context);
    return packages.map((each) => this.fileOf(each));
  }

  /** Fetches the lists of the machine's sources into a folder of our own; the next calls read those. @throws AptError */
  async refresh(context: StepContext): Promise<void> {
    await mkdir(join(this.lists, 'partial'), { recursive: true });
    this.useOwnLists = true;
    await this.run('apt-get', ['update'], context);
  }

  /** Removes downloads that these packages do not need; another build may still unpack those of the last hour. */
  async keepOnly(packages: readonly SystemPackage[]): Promise<void> {
    const kept = new Set(packages.map((each) => this.fileOf(each)));
    for (const name of await readdir(this.debs)) {
      const file = join(this.debs, name);
      const made = kept.has(file) ? undefined : await stat(file);
      if (made && Date.now() - made.mtimeMs > inUseMs) await rm(file, { force: true });
    }
  }

  private async download(packages: readonly SystemPackage[], context: StepContext): Promise<void> {
    const folder = join(context.folder, 'debs');
    await mkdir(folder, { recursive: true });
    await this.run('apt-get', ['download', ...packages.map(({ name, version }) => `${name}=${version}`)], context, folder);
    const files = await readdir(folder);
    for (const each of packages) {
      const file = files.find((name) => name.startsWith(`${each.name}_`) && name.endsWith('.deb'));
      if (!file) throw new AptError(`apt did not download ${each.name}=${each.version}`);
      const sha256 = createHash('sha256');
      await pipeline(createReadStream(join(folder, file)), sha256);
      if (sha256.digest('hex') !== each.sha256) throw new AptError(`${file} has not the digest that the package list says`);
      await copyFile(join(folder, file), `${this.fileOf(each)}.part`);
      await rename(`${this.fileOf(each)}.part`, this.fileOf(each));
    }
    await rm(folder, { recursive: true });
  }

  private get debs(): string {
    return join(this.cacheFolder, 'debs');
  }

  private get lists(): string {
    return join(this.cacheFolder, 'lists');
  }

  private fileOf({ name, sha256 }: SystemPackage): string {
    return join(this.debs, `${name}-${sha256}.deb`);
  }

  private async run(
    program: 'apt-get' | 'apt-cache',
    args: string[],
    context: StepContext,
    cwd = context.folder,
  ): Promise<string> {
    const options = [
      // Nothing counts as installed, so that each package's needs are named whatever the machine has.
      'Dir::State::status=/dev/null',
      'Dir::Cache::pkgcache=',
      'Dir::Cache::srcpkgcache=',
      'pkgCacheGen::ForceEssential=none',
      'APT::Install-Recommends=0',
      'APT::Sandbox::User=root',
      'Acquire::Retries=2',
      'Acquire::http::Timeout=30',
      'Acquire::https::Timeout=30',
      'Debug::NoLocking=1',
      ...(this.useOwnLists ? [`Dir::State::lists=${this.lists}`] : []),
    ].flatMap((option) => ['-o', option]);
    const env = { PATH: '/usr/bin:/bin', ...this.tools, LC_ALL: 'C.UTF-8' };
    const step = { ...context, program, args: [...options, ...args], cwd, env };
    const { status, stdout, stderr } = await runStep(step).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new AptError(`${program} is not on this machine`);
    });
    if (status === 0) return stdout;
    const reason = stderr.split('\n').filter((line) => line.startsWith('E: '));
    throw new AptError(`${program} ${args[0]} failed: ${(reason[0] ?? `E: status ${status}`).slice(3)}`);
  }
}
