import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { isUuid } from '#slipway/platform';

/** Who this router is, and which of its starts this is. */
export interface RouterIdentity {
  /** The same for every start on this home. */
  id: string;
  epoch: string;
}

export function routerIdentity(file: string): RouterIdentity {
  return { id: readId(file) ?? makeId(file), epoch: randomUUID() };
}

function readId(file: string): string | undefined {
  try {
    const id = readFileSync(file, 'utf8').trim();
    return isUuid(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

function makeId(file: string): string {
  mkdirSync(dirname(file), { recursive: true });
  const id = randomUUID();
  const handle = openSync(`${file}.new`, 'w', 0o644);
  writeSync(handle, `${id}\n`);
  fsyncSync(handle);
  closeSync(handle);
  renameSync(`${file}.new`, file);
  return id;
}
