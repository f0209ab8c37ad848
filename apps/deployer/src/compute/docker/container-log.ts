import { appendFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReplicaFolders } from '../process/replica-folders.js';
import type { DockerEngine } from './docker-engine.adapter.js';

const maxFileBytes = 32 * 2 ** 20;

/** Copies what containers write to where the logs of all replicas are, from the beginning, until they end. */
export class ContainerLogs {
  private readonly following = new Map<string, Promise<void>>();

  constructor(
    private readonly engine: DockerEngine,
    private readonly folders: ReplicaFolders,
    private readonly closing: AbortSignal,
  ) {}

  follow(replicaId: string, container: string): void {
    if (this.following.has(replicaId)) return;
    // One that is cut off begins again at the next look.
    const work = this.copy(replicaId, container).catch(() => void this.following.delete(replicaId));
    this.following.set(replicaId, work);
  }

  /** Waits a moment for the last lines of a container that has ended. */
  async finish(replicaId: string): Promise<void> {
    const limit = new Promise<void>((resolve) => setTimeout(resolve, 5_000).unref());
    await Promise.race([this.following.get(replicaId), limit]);
  }

  forget(replicaId: string): void {
    this.following.delete(replicaId);
  }

  private async copy(replicaId: string, container: string): Promise<void> {
    const query = 'follow=1&stdout=1&stderr=1';
    const answer = await this.engine.open('GET', `/containers/${container}/logs?${query}`, undefined, this.closing);
    const folder = this.folders.logs(replicaId);
    const file = join(folder, 'replica.jsonl');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rm(file, { force: true });
    let rest: Buffer = Buffer.alloc(0);
    for await (const part of answer as AsyncIterable<Buffer>) {
      const { frames, left } = demultiplex(Buffer.concat([rest, part]));
      rest = left;
      await appendFile(file, frames, { mode: 0o600 });
      if ((await stat(file)).size > maxFileBytes) await rename(file, `${file}.1`);
    }
  }
}

/** Whole frames of the engine's log stream (8 bytes of header: stream, three zeros, length), without their headers. */
export function demultiplex(bytes: Buffer): { frames: Buffer; left: Buffer } {
  const frames: Buffer[] = [];
  let at = 0;
  while (at + 8 <= bytes.length) {
    const end = at + 8 + bytes.readUInt32BE(at + 4);
    if (end > bytes.length) break;
    frames.push(bytes.subarray(at + 8, end));
    at = end;
  }
  return { frames: Buffer.concat(frames), left: bytes.subarray(at) };
}
