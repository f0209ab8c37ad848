import { Worker } from 'node:worker_threads';

/** The thread of the spool, which loads and then waits for its settings. Imports nothing, so that it can be the first thing done. */
export function startSpoolWorker(): Worker {
  return new Worker(new URL('./spool.worker.js', import.meta.url));
}
