import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { lstat, mkdir, readdir, readlink, rename, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipLayer, mediaTypes, type RootEntry, writeRootTar } from '#slipway/oci';
import type { BuildContext } from '../builds/build-context.js';
import type { PackedLayer } from '../layers/layer-packer.adapter.js';
import { runStep } from '../tools/child-process.adapter.js';

const loaders: Readonly<Record<string, { triplet: string; loader: string }>> = {
  'linux/amd64': { triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  'linux/arm64': { triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
};

/** Folders that Debian keeps below `/usr` and links to. */
const merged = ['bin', 'sbin', 'lib', 'lib64'];
const sharedToKeep = new Set(['doc', 'zoneinfo']);
const modulesToDrop = ['ensurepip', 'idlelib', 'turtledemo', 'test', 'sitecustomize.py'];
const openFolders = new Set(['tmp', 'var/tmp']);
const smallFileBytes = 256 * 1024;

const files: Readonly<Record<string, string>> = {
  'etc/passwd':
    'root:x:0:0:root:/root:/usr/sbin/nologin\nslipway:x:65532:65532:slipway:/tmp:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/tmp:/usr/sbin/nologin\n',
  'etc/group': 'root:x:0:\nslipway:x:65532:\nnogroup:x:65534:\n',
  'etc/nsswitch.conf': 'hosts: files dns\n',
};

/** Lays a root file system out from Debian packages; no script of a package runs. */
export class DebianRoot {
  constructor(
    private readonly helpers: string,
    private readonly path: string,
  ) {}

  async pack(debs: readonly string[], context: BuildContext): Promise<PackedLayer> {
    const root = join(context.folder, 'base');
    await mkdir(root);
    for (const deb of debs) await this.unpack(deb, root, context);
    await this.cut(root, context);
    await this.compile(root, context);
    const file = `${root}.tar.gz`;
    const { stream, result } = gzipLayer(writeRootTar(await rootEntries(root)));
    await pipeline(stream, createWriteStream(file), { signal: context.signal });
    await rm(root, { recursive: true, force: true });
    return { file, mediaType: mediaTypes.layerGzip, ...(await result) };
  }

  /** Its files, and its control file where scanners of images look for it. */
  private async unpack(deb: string, root: string, context: BuildContext): Promise<void> {
    await this.run('dpkg-deb', ['--extract', deb, root], {}, context);
    for (const folder of merged) await mergeInto(join(root, folder), join(root, 'usr', folder));
    const control = await this.run('dpkg-deb', ['--field', deb], {}, context);
    const status = join(root, 'var/lib/dpkg/status.d');
    await mkdir(status, { recursive: true });
    await writeFile(join(status, /^Package: (\S+)$/m.exec(control)![1]!), control);
  }

  private async cut(root: string, { manifest }: BuildContext): Promise<void> {
    const remove = (path: string): Promise<void> => rm(join(root, path), { recursive: true, force: true });
    for (const folder of merged) await symlink(`usr/${folder}`, join(root, folder));
    await writeCertificates(root);
    for (const name of await readdir(join(root, 'usr/share'))) if (!sharedToKeep.has(name)) await remove(`usr/share/${name}`);
    for (const entry of await readdir(join(root, 'usr/share/doc'), { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const folder = `usr/share/doc/${entry.name}`;
      for (const name of await readdir(join(root, folder))) if (name !== 'copyright') await remove(`${folder}/${name}`);
    }
    await remove(`usr/lib/${loaders[manifest.platform]!.triplet}/gconv`);
    await remove(`etc/python${manifest.python}`);
    for (const name of modulesToDrop) await remove(`usr/lib/python${manifest.python}/${name}`);
    for (const [path, text] of Object.entries(files)) await writeFile(join(root, path), text);
    for (const folder of ['app', 'dev', 'proc', 'sys', 'tmp', 'run']) await mkdir(join(root, folder), { recursive: true });
    await rm(join(root, 'usr/bin/python3'), { force: true });
    await symlink(`python${manifest.python}`, join(root, 'usr/bin/python3'));
  }

  /** By the root's own interpreter, so that the machine's has no part in the bytes. */
  private async compile(root: string, context: BuildContext): Promise<void> {
    const { python, platform } = context.manifest;
    const { triplet, loader } = loaders[platform]!;
    const libraries = join(root, 'usr/lib', triplet);
    const target = `usr/lib/python${python}`;
    const script = join(this.helpers, 'compile_sources.py');
    const interpreter = ['--library-path', libraries, join(root, `usr/bin/python${python}`)];
    await this.run(
      join(libraries, loader),
      [...interpreter, '-s', '-S', '-B', script, join(root, target), `/${target}`, '2'],
      { PYTHONHOME: join(root, 'usr'), PYTHONHASHSEED: '0', LANG: 'C.UTF-8' },
      context,
    );
  }

  private async run(program: string, args: string[], env: Record<string, string>, context: BuildContext): Promise<string> {
    const { folder, timeoutMs, signal } = context;
    const step = { program, args, cwd: folder, env: { PATH: this.path, ...env }, timeoutMs, signal, folder };
    const { status, stdout, stderr } = await runStep(step);
    if (status !== 0) throw new Error(`${program} failed on the base: ${stderr.trim().split('\n').at(-1) ?? `status ${status}`}`);
    return stdout;
  }
}

/** Moves a folder's content into another one that may hold some of the same folders. */
async function mergeInto(source: string, target: string): Promise<void> {
  if (!(await lstat(source).catch(() => undefined))?.isDirectory()) return;
  await mkdir(target, { recursive: true });
  for (const entry of await readdir(source, { withFileTypes: true })) {
    if (entry.isDirectory()) await mergeInto(join(source, entry.name), join(target, entry.name));
    else await rename(join(source, entry.name), join(target, entry.name));
  }
  await rmdir(source);
}

/** What `update-ca-certificates` makes, and the file in which OpenSSL looks by itself. */
async function writeCertificates(root: string): Promise<void> {
  const folder = join(root, 'usr/share/ca-certificates/mozilla');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.crt')).sort();
  const bundle = names.map((name) => `${readFileSync(join(folder, name), 'utf8').trim()}\n`).join('');
  await mkdir(join(root, 'etc/ssl/certs'), { recursive: true });
  await writeFile(join(root, 'etc/ssl/certs/ca-certificates.crt'), bundle);
  await mkdir(join(root, 'usr/lib/ssl'), { recursive: true });
  await symlink('/etc/ssl/certs/ca-certificates.crt', join(root, 'usr/lib/ssl/cert.pem'));
}

/** Modes are made plain: nothing is set-uid, and only what was executable is. */
async function rootEntries(root: string, path = ''): Promise<RootEntry[]> {
  const entries: RootEntry[] = [];
  for (const found of await readdir(join(root, path), { withFileTypes: true })) {
    const inner = path === '' ? found.name : `${path}/${found.name}`;
    const file = join(root, inner);
    if (found.isSymbolicLink()) entries.push({ path: inner, kind: 'link', target: await readlink(file) });
    else if (found.isDirectory()) {
      entries.push({ path: inner, kind: 'directory', mode: openFolders.has(inner) ? 0o1777 : 0o755 });
      entries.push(...(await rootEntries(root, inner)));
    } else if (found.isFile()) {
      const { size, mode } = await lstat(file);
      const open = (): Readable => (size <= smallFileBytes ? Readable.from([readFileSync(file)]) : createReadStream(file));
      entries.push({ path: inner, kind: 'file', mode: (mode & 0o100) === 0 ? 0o644 : 0o755, size, open });
    }
  }
  return entries;
}
