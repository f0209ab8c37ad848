import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Opens a file in a folder that user code may write to: only a plain file of the folder's owner or of ourselves, never
 * what a link leads to, and without waiting for the other end of a pipe. Undefined for anything else.
 */
export async function openUntrusted(path: string): Promise<FileHandle | undefined> {
  const folder = await lstat(dirname(path)).catch(() => undefined);
  if (!folder?.isDirectory()) return undefined;
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch(() => undefined);
  if (!handle) return undefined;
  const file = await handle.stat();
  if (file.isFile() && (file.uid === folder.uid || file.uid === process.getuid?.())) return handle;
  await handle.close();
  return undefined;
}

/** The whole text of such a file, when it is not longer than `limit` bytes. */
export async function readUntrusted(path: string, limit: number): Promise<string | undefined> {
  const handle = await openUntrusted(path);
  if (!handle) return undefined;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(limit + 1), 0, limit + 1, 0);
    return bytesRead > limit ? undefined : buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
