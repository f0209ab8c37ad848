import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(): string {
  for (let folder = path.dirname(fileURLToPath(import.meta.url)); ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'slipway') return folder;
    if (folder === path.dirname(folder)) throw new Error('the folder of Slipway was not found above its own code');
  }
}

/** Folder that holds Slipway's `package.json`, whether this runs from `libs/` or from `dist/`. */
export const projectRoot = findRoot();

/** The compiled file of a path inside the project. */
export const compiled = (...parts: string[]): string => path.join(projectRoot, 'dist', ...parts);
