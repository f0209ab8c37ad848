/** The process of a detached supervisor: started by `upDetached`, ended by `down`. */
import { SetupError } from './errors.js';
import type { DetachedMessage, DetachedOptions } from './platform/detached.js';
import { up } from './platform/up.js';

const tell = (message: DetachedMessage): void => {
  if (process.connected) process.send?.(message);
};
const line = (message: string, fields: object = {}): void => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), service: 'supervisor', msg: message, ...fields })}\n`);
};

const abort = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => abort.abort());
process.on('SIGHUP', () => undefined);
// A parent that goes away before the end of the start has been interrupted.
process.once('disconnect', () => abort.abort());

const options = await new Promise<DetachedOptions>((resolve) =>
  process.once('message', (message) => resolve(message as DetachedOptions)),
);
try {
  const platform = await up({
    ...options,
    signal: abort.signal,
    onProgress: (progress) => {
      line(progress.message, { component: progress.part, durationMs: progress.elapsedMs });
      tell({ kind: 'progress', progress });
    },
  });
  process.removeAllListeners('disconnect');
  const { url, routerUrl, home, telemetryFolder, ownerTokenFile, pid } = platform;
  tell({ kind: 'ready', info: { url, routerUrl, home, telemetryFolder, ownerTokenFile, pid } });
  if (process.connected) process.disconnect();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void platform.stop().catch(() => undefined));
  if (abort.signal.aborted) void platform.stop().catch(() => undefined);
  // Nothing else keeps this process's event loop alive.
  const alive = setInterval(() => undefined, 60_000);
  await platform.stopped.finally(() => clearInterval(alive));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  line(message, { level: 'error', ...(error instanceof SetupError ? { code: error.code } : { stack: (error as Error).stack }) });
  tell({ kind: 'failed', code: error instanceof SetupError ? error.code : undefined, message });
  process.exitCode = 1;
  if (process.connected) process.disconnect();
}
