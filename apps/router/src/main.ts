import { startSpoolWorker } from './spool/start-worker.js';

// The thread of the spool and the router load at the same time: a router that was killed is back sooner.
const spoolWorker = startSpoolWorker();
const { runRouter } = await import('./run-router.js');
await runRouter(spoolWorker);
