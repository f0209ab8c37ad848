import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { ProcessIdentity } from './process-identity.js';
import { readUntrusted } from './untrusted-file.js';

const maxRecordBytes = 16 * 1024;

/** What a replica writes about itself after it has bound its port, in one step. */
const ReplicaRecord = z.object({
  id: z.string(),
  pid: z.int().min(2),
  startTicks: z.union([z.int(), z.string()]).transform(String),
  bootId: z.string(),
  port: z.int().min(1).max(65_535),
});

export interface RecordedReplica {
  id: string;
  identity: ProcessIdentity;
  port: number;
}

/**
 * Undefined for a record that is not there or cannot be believed: user code can write one too, so it counts only for a
 * process of the user to whom the folder was given.
 */
export async function readReplicaRecord(file: string): Promise<RecordedReplica | undefined> {
  const text = await readUntrusted(file, maxRecordBytes);
  if (text === undefined) return undefined;
  const record = parse(text);
  if (!record) return undefined;
  const [folder, owner] = await Promise.all([stat(dirname(file)), stat(`/proc/${record.pid}`).catch(() => undefined)]);
  if (owner && owner.uid !== folder.uid) return undefined;
  const { id, port, ...identity } = record;
  return { id, port, identity };
}

function parse(text: string): z.output<typeof ReplicaRecord> | undefined {
  try {
    return ReplicaRecord.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
