import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import {
  ArchiveError,
  type BlobSource,
  type CanonicalTar,
  collectEntries,
  digestOf,
  layOutCanonicalTar,
  sha256Stream,
  targetPathOf,
  type TarEntry,
} from '#slipway/oci';
import { finished } from 'node:stream/promises';
import { CliError } from './errors.js';

/** A file or folder of the user's, ready to be sent. */
export interface Packed {
  /** As the user typed it. */
  typed: string;
  /** Below `/app`, as typed. */
  path: string;
  /** Below `/app`, as the registry names it: a folder with a single child is named by the child. */
  kept: string;
  blob: BlobSource;
  /** Regular files in it. */
  files: number;
}

/** Packs a file or folder as a canonical tar; `flag` is named in errors. `path` overrides where it lands below `/app`. */
export async function pack(typed: string, cwd: string, flag: string, path?: string): Promise<Packed> {
  const source = await existing(typed, cwd, flag);
  try {
    const target = path === undefined ? targetPathOf(typed, cwd) : `app/${path}`;
    const entries = await collectEntries(source, target);
    const files = entries.filter((entry) => entry.kind === 'file').length;
    if (files === 0)
      throw new CliError(`${typed} is an empty folder`, 1, [], `give a file, or a folder that holds files, with ${flag}`);
    const tar = await layOutCanonicalTar(entries as Iterable<TarEntry>);
    return {
      typed,
      path: target.slice('app/'.length),
      kept: keptPath(entries.map((entry) => entry.path)).slice('app/'.length),
      blob: { digest: await digestOfTar(tar), size: tar.size, open: (offset) => tar.open(offset) },
      files,
    };
  } catch (error) {
    if (error instanceof ArchiveError) throw new CliError(error.message, 1, [], `change ${typed} and repeat the command`);
    throw error;
  }
}

/** The deepest path that holds everything: where the registry says that an archive lies. */
export function keptPath(paths: readonly string[]): string {
  let path = 'app';
  for (;;) {
    const children = new Set(
      paths.filter((other) => other.startsWith(`${path}/`)).map((other) => other.slice(path.length + 1).split('/')[0]!),
    );
    const [only, ...others] = children;
    if (only === undefined || others.length > 0) return path;
    path = `${path}/${only}`;
  }
}

/** A model that is one empty file is nearly always a mistake. */
export async function packModel(typed: string, cwd: string, flag: string, path?: string): Promise<Packed> {
  const found = await stat(await existing(typed, cwd, flag));
  if (found.isFile() && found.size === 0)
    throw new CliError(
      `the model ${typed} is empty (0 bytes)`,
      1,
      [],
      `write the trained model to ${typed} and repeat the command`,
    );
  return pack(typed, cwd, flag, path);
}

/** The entry script: a `.py` file of the working folder. */
export async function packScript(typed: string, cwd: string): Promise<Packed> {
  const source = await existing(typed, cwd, '-f');
  if (!typed.endsWith('.py'))
    throw new CliError(`-f ${typed} is not a Python file`, 1, [], 'give the scoring script, for example -f score.py');
  const inside = relative(cwd, source);
  if (inside.startsWith('..') || isAbsolute(inside))
    throw new CliError(
      `-f ${typed} is outside the working folder`,
      1,
      [],
      `change to the folder of ${typed} and repeat the command`,
    );
  const text = await readFile(source, 'utf8');
  if (!/^\s*(?:async\s+)?def\s+run\s*\(|^\s*run\s*=|import\b.*\brun\b/m.test(text)) {
    throw new CliError(`${typed} has no function run(...)`, 1, [], `add def init() and def run(...) to ${typed}`);
  }
  return pack(typed, cwd, '-f', inside.split('\\').join('/'));
}

/** A schema file: JSON with the inputs of the service, as generate_schema writes it. */
export async function packSchema(typed: string, cwd: string): Promise<Packed> {
  const source = await existing(typed, cwd, '-s');
  let schema: unknown;
  try {
    schema = JSON.parse(await readFile(source, 'utf8'));
  } catch (cause) {
    throw new CliError(
      `the schema file ${typed} is not JSON: ${(cause as Error).message}`,
      1,
      [],
      `make ${typed} again by generate_schema`,
    );
  }
  if (typeof schema !== 'object' || schema === null || !('input' in schema)) {
    throw new CliError(`the schema file ${typed} has no "input"`, 1, [], `make ${typed} by generate_schema`);
  }
  return pack(typed, cwd, '-s');
}

/** A text file that is sent as it is: a conda or pip file. */
export async function rawFile(typed: string, cwd: string, flag: string): Promise<{ typed: string; blob: BlobSource }> {
  const source = await existing(typed, cwd, flag);
  const data = await readFile(source);
  return {
    typed,
    blob: { digest: digestOf(data), size: data.length, open: (offset) => createReadStream(source, { start: offset }) },
  };
}

async function existing(typed: string, cwd: string, flag: string): Promise<string> {
  const source = resolve(cwd, typed);
  try {
    await stat(source);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT' || code === 'ENOTDIR'
        ? 'does not exist'
        : code === 'EACCES'
          ? 'may not be read by you'
          : 'cannot be read';
    throw new CliError(`${flag} ${typed} ${why}`, 1, [], `check the path; it is relative to ${cwd}`);
  }
  return source;
}

async function digestOfTar(tar: CanonicalTar): Promise<BlobSource['digest']> {
  const hash = sha256Stream();
  tar.open().pipe(hash);
  hash.resume();
  await finished(hash);
  return hash.digest;
}
