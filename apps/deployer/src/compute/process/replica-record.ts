import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ProcessIdentity } from '../compute-target.port.js';

/** What a replica writes about itself after it has bound its port, in one step. */
const ReplicaRecord = z.object({
  id: z.string(),
  pid: z.int().positive(),
  startTicks: z.union([z.int(), z.string()]).transform(String),
  bootId: z.string(),
  port: z.int().min(1).max(65_535),
});

export interface RecordedReplica {
  id: string;
  identity: ProcessIdentity;
  port: number;
}

/** Undefined for a record that is not there or cannot be read. */
export async function readReplicaRecord(file: string): Promise<RecordedReplica | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { id, port, ...identity } = ReplicaRecord.parse(JSON.parse(text));
    return { id, port, identity };
  } catch {
    return undefined;
  }
}
