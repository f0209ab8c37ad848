import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { WatermarkRecord } from '#slipway/contracts';

const prefix = 'reservations-';
const fileOf = (epoch: string): string => `${prefix}${epoch}.jsonl`;

/**
 * Seqs that may be in use, on disk before the first of them is: after a kill they say what is unknown.
 * One short synchronous write for a block of predictions: the only way to have it there before the answer leaves.
 */
export class Reservations {
  private readonly path: string;
  private readonly file: number;

  constructor(folder: string, epoch: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.path = join(folder, fileOf(epoch));
    this.file = openSync(this.path, 'a', 0o600);
  }

  /** @throws when the disk takes nothing; the prediction is still answered. */
  reserve(watermark: WatermarkRecord): void {
    writeSync(this.file, `${JSON.stringify(watermark)}\n`);
  }

  /** The sums of every stream are final on disk: nothing is unknown any more. */
  remove(): void {
    closeSync(this.file);
    rmSync(this.path, { force: true });
  }
}

/** Reservations that earlier starts left behind, the highest of each stream, and their files. */
export function leftReservations(folder: string, epoch: string): { watermarks: WatermarkRecord[]; files: string[] } {
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix) && name !== fileOf(epoch));
  const highest = new Map<string, WatermarkRecord>();
  for (const name of names) {
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      const record = parse(line);
      if (!record) continue;
      const key = [record.epoch, record.serviceId, record.revisionId].join('|');
      if ((highest.get(key)?.reservedSeq ?? 0) < record.reservedSeq) highest.set(key, record);
    }
  }
  return { watermarks: [...highest.values()], files: names.map((name) => join(folder, name)) };
}

/** The last line of a killed router may be torn; its block was not used then. */
function parse(line: string): WatermarkRecord | undefined {
  try {
    return WatermarkRecord.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
