import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openUntrusted } from './untrusted-file.js';

/** Bytes read from the end of each file; lines of the runtime are at most a little over 32 KiB. */
const tailBytes = 256 * 1024;

/** The last messages of a replica's folder of logs, oldest first: its own log, and what came before that was open. */
export async function lastLogLines(folder: string, count: number): Promise<string[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const boot = names.includes('boot.log') ? await tail(join(folder, 'boot.log')) : [];
  const rotated = names.filter((name) => /^replica\.jsonl(\.\d+)?$/.test(name)).sort((a, b) => age(b) - age(a));
  const lines: string[] = [];
  for (const name of rotated) lines.push(...(await tail(join(folder, name))).map(messageOf));
  return [...boot, ...lines].slice(-count);
}

const age = (name: string): number => Number(name.split('.')[2] ?? 0);

async function tail(file: string): Promise<string[]> {
  const handle = await openUntrusted(file);
  if (!handle) return [];
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - tailBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    // The first one may have lost its beginning.
    return lines.slice(start > 0 ? 1 : 0).filter((line) => line !== '');
  } finally {
    await handle.close();
  }
}

function messageOf(line: string): string {
  try {
    const { message } = JSON.parse(line) as { message?: unknown };
    return typeof message === 'string' ? message : line;
  } catch {
    return line;
  }
}
