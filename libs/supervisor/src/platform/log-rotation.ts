import { copyFileSync, readdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';

const limitBytes = 64 * 2 ** 20;
const kept = 4;
const everyMs = 10_000;

/**
 * Keeps each log of a folder below a size: `x.log` is copied to `x.log.1` and cut. The processes append to the open file, so
 * they go on at its new end; what one writes between the two calls is lost.
 */
export function rotateLogs(folder: string, limit = limitBytes): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.log'))) {
    const file = path.join(folder, name);
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < limit) continue;
    for (let index = kept - 1; index >= 1; index -= 1) moveOn(`${file}.${index}`, `${file}.${index + 1}`);
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
  }
}

function moveOn(from: string, to: string): void {
  rmSync(to, { force: true });
  if (statSync(from, { throwIfNoEntry: false })) renameSync(from, to);
}

/** Looks after a folder of logs until it is told to stop. */
export function keepRotating(folder: string, onProblem: (error: unknown) => void): () => void {
  const timer = setInterval(() => {
    try {
      rotateLogs(folder);
    } catch (error) {
      onProblem(error);
    }
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
