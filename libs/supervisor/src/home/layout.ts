import { chmodSync, mkdirSync, readdirSync, realpathSync, statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import { SetupError, systemCode } from '../errors.js';

/** Where everything of an installation is. */
export interface Layout {
  home: string;
  pg: string;
  nats: string;
  blobs: string;
  layers: string;
  run: string;
  spool: string;
  telemetry: string;
  logs: string;
  secrets: string;
  bin: string;
  configFile: string;
  natsConfigFile: string;
}

export function layoutOf(home: string): Layout {
  const inHome = (name: string): string => path.join(home, name);
  return {
    home,
    pg: inHome('pg'),
    nats: inHome('nats'),
    blobs: inHome('blobs'),
    layers: inHome('layers'),
    run: inHome('run'),
    spool: inHome('spool'),
    telemetry: inHome('telemetry'),
    logs: inHome('logs'),
    secrets: inHome('secrets'),
    bin: inHome('bin'),
    configFile: inHome('config.json'),
    natsConfigFile: path.join(home, 'nats', 'nats.conf'),
  };
}

/** Folders that other users may pass through, because replicas have folders of their own below them. */
const passable = ['layers', 'run', 'run/replicas', 'logs', 'logs/replicas', 'spool', 'spool/replicas'];
const closed = ['nats', 'blobs', 'secrets', 'telemetry'];
const least = 64 * 2 ** 20;

/**
 * Makes the folders of the home that are missing and sets their modes.
 * @throws SetupError `home_unusable` or `disk_full`
 */
export function prepareHome(home: string, root = process.getuid?.() === 0): Layout {
  try {
    makePath(home);
    const real = realpathSync(home);
    requireOwner(real);
    chmodSync(real, root ? 0o711 : 0o700);
    if (root) requirePassable(real);
    for (const name of passable) makeFolder(path.join(real, name), 0o711);
    for (const name of closed) makeFolder(path.join(real, name), 0o700);
    makeFolder(path.join(real, 'bin'), 0o755);
    requireSpace(real);
    return layoutOf(real);
  } catch (error) {
    throw translate(error, home);
  }
}

/** One step at a time: where a file system refuses every new folder, as /proc does, `recursive` never comes back. */
function makePath(folder: string): void {
  if (isFolder(folder)) return;
  if (path.dirname(folder) !== folder) makePath(path.dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o711 });
  } catch (error) {
    // Another start makes the same path.
    if (!isFolder(folder)) throw error;
  }
}

const isFolder = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;

function makeFolder(folder: string, mode: number): void {
  mkdirSync(folder, { recursive: true, mode });
  chmodSync(folder, mode);
}

function requireOwner(home: string): void {
  const owner = statSync(home).uid;
  const own = process.getuid?.();
  if (owner === own) return;
  throw new SetupError(
    'home_unusable',
    `${home} belongs to user id ${owner}, this is user id ${own}; start Slipway as that user, or set SLIPWAY_HOME to a folder of your own`,
  );
}

/** Under root, PostgreSQL and replicas run as other users, who must be able to reach their folders. */
function requirePassable(home: string): void {
  for (let folder = home; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    if ((statSync(folder).mode & 0o001) !== 0) continue;
    throw new SetupError(
      'home_unusable',
      `${home} cannot be used by root: other users cannot pass through ${folder}, and PostgreSQL runs as one; set SLIPWAY_HOME to a folder such as /var/lib/slipway`,
    );
  }
}

function requireSpace(home: string): void {
  const { free } = diskOf(home);
  if (free >= least) return;
  throw new SetupError(
    'disk_full',
    `the disk of ${home} is full: ${Math.round(free / 2 ** 20)} MB are free, Slipway needs ${least / 2 ** 20} MB to start; free some space, or set SLIPWAY_HOME to another disk`,
  );
}

function translate(error: unknown, home: string): unknown {
  if (error instanceof SetupError) return error;
  const code = systemCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SetupError('disk_full', `the disk of ${home} is full; free some space, or set SLIPWAY_HOME to another disk`, {
      cause: error,
    });
  }
  const reasons: Record<string, string> = {
    EACCES: 'this user may not write there',
    EPERM: 'this user may not change it',
    EROFS: 'its file system is read-only',
    ENOENT: 'its file system takes no new folders',
    ENAMETOOLONG: 'its name is too long',
    ENOTDIR: 'a part of the path is a file',
    EEXIST: 'a part of the path is a file',
  };
  const reason = reasons[code];
  if (!reason) return error;
  return new SetupError(
    'home_unusable',
    `${home} cannot be Slipway's home: ${reason}; set SLIPWAY_HOME to a folder of your own`,
    {
      cause: error,
    },
  );
}

/** Bytes of the disk that holds a folder. */
export function diskOf(folder: string): { free: number; total: number } {
  const { bavail, blocks, bsize } = statfsSync(folder);
  return { free: bavail * bsize, total: blocks * bsize };
}

/** What the home keeps on disk, by kind. */
export const kinds = ['pg', 'nats', 'blobs', 'layers', 'spool', 'telemetry', 'logs'] as const;
export type Kind = (typeof kinds)[number];

export function bytesByKind(layout: Layout): Record<Kind, number> {
  return Object.fromEntries(kinds.map((kind) => [kind, bytesBelow(layout[kind])])) as Record<Kind, number>;
}

/** Bytes on disk below a folder; what vanishes or cannot be read meanwhile counts nothing. */
function bytesBelow(folder: string): number {
  const blockSize = 512;
  let total = 0;
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    try {
      for (const entry of readdirSync(next, { withFileTypes: true })) {
        const file = path.join(next, entry.name);
        if (entry.isDirectory()) folders.push(file);
        else if (entry.isFile()) total += (statSync(file, { throwIfNoEntry: false })?.blocks ?? 0) * blockSize;
      }
    } catch {
      // Removed or closed to this user.
    }
  }
  return total;
}
