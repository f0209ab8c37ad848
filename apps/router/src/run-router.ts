import type { Worker } from 'node:worker_threads';
import { armFailpoints, Log, readEnv } from '#slipway/platform';
import { routerEnv } from './env.js';
import { startRouter } from './router.js';

/** Beyond quiet time and limit: for the spool and what else has to end. */
const stopReserveMs = 10_000;

/** The router as a process: reads the environment, starts, and ends in order on a signal. */
export async function runRouter(spoolWorker: Worker): Promise<void> {
  const env = readEnv(routerEnv);
  const log = Log.create('router', env.SLIPWAY_LOG_LEVEL);
  armFailpoints(env.SLIPWAY_FAILPOINTS);
  const fatal = (error: unknown): never => {
    log.for('start').error('the router ends', {}, error);
    process.exit(1);
  };
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);

  const router = await startRouter(env, log, spoolWorker).catch(fatal);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.for('stop').info('the router drains', { signal });
      const limitMs = env.SLIPWAY_DRAIN_QUIET_MS + env.SLIPWAY_DRAIN_LIMIT_MS + stopReserveMs;
      setTimeout(() => fatal(new Error('the router did not stop in time')), limitMs).unref();
      void router.stop().then(() => process.exit(0), fatal);
    });
  }
}
