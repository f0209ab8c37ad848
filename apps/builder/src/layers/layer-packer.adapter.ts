import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  type CanonicalTar,
  type Digest,
  gzipLayer,
  layOutCanonicalTar,
  mediaTypes,
  sha256Stream,
  unpackLayer,
} from '#slipway/oci';
import type { BuildContext } from '../builds/build-context.js';
import { Uv } from '../dependencies/uv.adapter.js';
import { runStep } from '../tools/child-process.adapter.js';
import { diskFull } from '../tools/disk-space.adapter.js';
import { PythonFinder } from '../tools/python-finder.adapter.js';
import { folderEntries } from './folder-entries.js';

/** A layer as a file of the build's folder. */
export interface PackedLayer {
  file: string;
  mediaType: string;
  digest: Digest;
  diffId: Digest;
  size: number;
}

/** Fills folders with packages and makes layers of them; equal inputs give equal bytes. */
export class LayerPacker {
  constructor(
    private readonly uv: Uv,
    private readonly pythons: PythonFinder,
    private readonly helpers: string,
  ) {}

  /** Unpacks what a lock names into a folder of the build, without scripts, which would name this machine's interpreter. */
  async install(lockFile: string, name: string, context: BuildContext): Promise<string> {
    const folder = join(context.folder, name);
    await mkdir(folder, { recursive: true });
    const { python, platform } = context.manifest;
    const target = { python, platform, interpreter: await this.pythons.find(python) };
    await this.uv.install(lockFile, folder, target, context, (line) => {
      if (!line.startsWith('Using CPython')) context.say(line);
    });
    await rm(join(folder, 'bin'), { recursive: true, force: true });
    await rm(join(folder, '.lock'), { force: true });
    return folder;
  }

  async writeLock(lock: string, context: BuildContext): Promise<string> {
    const file = join(context.folder, 'requirements.lock');
    await writeFile(file, lock);
    return file;
  }

  /** Adds `.pyc` files that are valid whatever the time of their sources. */
  async compile(folder: string, target: string, context: BuildContext): Promise<void> {
    const program = await this.pythons.find(context.manifest.python);
    const jobs = String(Math.min(4, availableParallelism()));
    const { status, stdout, stderr } = await runStep({
      program,
      args: ['-s', '-S', '-B', join(this.helpers, 'compile_sources.py'), folder, `/${target}`, jobs],
      cwd: context.folder,
      env: { PYTHONHASHSEED: '0', LANG: 'C.UTF-8' },
      timeoutMs: context.timeoutMs,
      signal: context.signal,
      folder: context.folder,
    });
    for (const line of stdout.split('\n').filter(Boolean)) context.say(line);
    if (status === 0) return;
    const reason = stderr.trim().split('\n').at(-1) ?? `status ${status}`;
    if (/No space left/.test(reason)) throw diskFull();
    throw new Error(`the modules in ${target} could not be compiled: ${reason}`);
  }

  async packCompressed(folder: string, target: string, context: BuildContext): Promise<PackedLayer> {
    const tar = await layOutCanonicalTar(await folderEntries(folder, target));
    const file = `${folder}.tar.gz`;
    const { stream, result } = gzipLayer(tar.open());
    await pipeline(stream, createWriteStream(file), { signal: context.signal });
    return { file, mediaType: mediaTypes.layerGzip, ...(await result) };
  }

  async packPlain(tar: CanonicalTar, name: string, context: BuildContext): Promise<PackedLayer> {
    const file = join(context.folder, `${name}.tar`);
    const hash = sha256Stream();
    await pipeline(tar.open(), hash, createWriteStream(file), { signal: context.signal });
    return { file, mediaType: mediaTypes.layer, digest: hash.digest, diffId: hash.digest, size: hash.size };
  }

  async unpack(packed: PackedLayer, folder: string, context: BuildContext): Promise<string> {
    await unpackLayer(createReadStream(packed.file), folder, { layer: packed, diffId: packed.diffId, signal: context.signal });
    return folder;
  }
}
