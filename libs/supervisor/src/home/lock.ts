import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * The name in the kernel's abstract socket namespace that a supervisor holds while it lives. The kernel drops it with the
 * process, however that ends, so there is no stale lock and no race about taking one over.
 */
const nameOf = (home: string): string =>
  `\0slipway-${createHash('sha256').update(`${process.getuid?.()} ${home}`).digest('hex').slice(0, 32)}`;

export interface HomeLock {
  release(): Promise<void>;
}

/** Takes the home's lock; undefined when another process has it. */
export function takeLock(home: string): Promise<HomeLock | undefined> {
  return new Promise((resolve, reject) => {
    const server: Server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(nameOf(home), () => {
      server.unref();
      resolve({ release: () => new Promise((done) => server.close(() => done())) });
    });
  });
}
