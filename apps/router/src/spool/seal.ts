import { rmSync } from 'node:fs';
import { leftReservations } from '../captures/reservations.js';
import type { Segments } from './segments.js';

/**
 * Ends what earlier starts of this router left behind: their reservations follow their records into the spool, and an
 * empty watermark of this start tells readers that nothing more of them will come.
 */
export function sealEarlierStarts(segments: Segments, folder: string, epoch: string): number {
  const { watermarks, files } = leftReservations(folder, epoch);
  for (const watermark of watermarks) segments.append(Buffer.from(JSON.stringify(watermark)));
  for (const watermark of watermarks) {
    segments.append(Buffer.from(JSON.stringify({ ...watermark, epoch, reservedSeq: 0, time: new Date().toISOString() })));
  }
  segments.sync();
  for (const file of files) rmSync(file, { force: true });
  return watermarks.length;
}
