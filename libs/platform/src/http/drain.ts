import type { IncomingMessage } from 'node:http';

const maxMs = 30_000;

/** Takes the rest of a refused body, within limits, so that its sender reads the answer instead of a broken connection. */
export function drain(request: IncomingMessage, maxBytes = 16 * 1024 * 1024): void {
  if (request.complete || request.destroyed) return;
  let left = maxBytes;
  const timer = setTimeout(() => request.destroy(), maxMs).unref();
  request.on('close', () => clearTimeout(timer)).on('error', () => undefined);
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}
