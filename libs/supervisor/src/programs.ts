import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { SetupError } from './errors.js';
import { projectRoot } from './project.js';

export interface Program {
  name: string;
  /** Environment variable that names it. */
  setting: string;
  /** Reads a version out of what `--version` prints and tells whether it is new enough. */
  suits: (versionText: string) => boolean;
}

export const natsServerProgram: Program = {
  name: 'nats-server',
  setting: 'SLIPWAY_NATS_SERVER',
  suits: (text) => atLeast(text, 2, 11),
};
export const uvProgram: Program = { name: 'uv', setting: 'SLIPWAY_UV', suits: (text) => atLeast(text, 0, 5) };

function atLeast(text: string, major: number, minor: number): boolean {
  const match = /(\d+)\.(\d+)/.exec(text);
  const [ownMajor, ownMinor] = [Number(match?.[1] ?? -1), Number(match?.[2] ?? -1)];
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/**
 * Finds a program: the one that its setting names, else the one fetched with Slipway, else one on PATH at a good version.
 * @throws SetupError `program_missing`
 */
export function findProgram(program: Program, env: NodeJS.ProcessEnv): string {
  const named = env[program.setting];
  if (named) {
    if (isExecutable(named)) return path.resolve(named);
    throw new SetupError('program_missing', `${program.setting} names ${named}, which is not a program; correct or unset it`);
  }
  const fetched = path.join(projectRoot, '.cache', 'tools', 'bin', program.name);
  if (isExecutable(fetched)) return fetched;
  const found = onPath(program.name, env).find((file) => program.suits(versionOf(file)));
  if (found) return found;
  throw new SetupError(
    'program_missing',
    `${program.name} is missing; \`npm start\` fetches it, or set ${program.setting} to one`,
  );
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function onPath(name: string, env: NodeJS.ProcessEnv): string[] {
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter(Boolean);
  return folders.map((folder) => path.join(folder, name)).filter((file) => existsSync(file) && isExecutable(file));
}

function versionOf(file: string): string {
  const result = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 5_000 });
  return result.status === 0 ? result.stdout : '';
}
