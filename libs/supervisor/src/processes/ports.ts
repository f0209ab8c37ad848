import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

export const loopback = '127.0.0.1';

/** Whether this process could listen on the port now. */
export function portIsFree(port: number, host = loopback): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.unref();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * A free port outside the range from which the system takes ports of outgoing connections, so that it is likely to be
 * free again after a restart.
 */
export async function chooseStablePort(taken: ReadonlySet<number> = new Set()): Promise<number> {
  const first = 20_000;
  const count = 12_000;
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = first + Math.floor(Math.random() * count);
    if (!taken.has(port) && (await portIsFree(port))) return port;
  }
  throw new Error(`no free port was found between ${first} and ${first + count}`);
}

export interface PortHolder {
  pid: number | undefined;
  /** The command of the process, or who owns the socket when the process cannot be seen. */
  description: string;
}

/** Who listens on a TCP port of this machine, as far as this user may see. */
export function portHolder(port: number): PortHolder | undefined {
  const socket = listeningSockets(port)[0];
  if (!socket) return undefined;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!holdsSocket(pid, socket.inode)) continue;
    return { pid: Number(pid), description: `${commandOf(pid)} (pid ${pid})` };
  }
  return { pid: undefined, description: `a process of user id ${socket.uid}` };
}

function listeningSockets(port: number): { inode: string; uid: string }[] {
  const listening = '0A';
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      return [];
    }
    return text
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === listening && Number.parseInt(fields[1]?.split(':')[1] ?? '', 16) === port)
      .map((fields) => ({ inode: fields[9] ?? '', uid: fields[7] ?? '?' }));
  });
}

function holdsSocket(pid: string, inode: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`;
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
}

function commandOf(pid: string): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
    const text = words.join(' ');
    return text.length > 120 ? `${text.slice(0, 117)}...` : text || readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'a process that has just ended';
  }
}
