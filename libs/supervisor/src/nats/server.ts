import { connect as connectTcp } from 'node:net';
import { loopback } from '../processes/ports.js';

/** The name with which the server at a port greets, or undefined when nothing greets there. */
export function natsGreeting(port: number, limitMs = 1_000): Promise<{ serverName: string; version: string } | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connectTcp({ port, host: loopback });
    const finish = (value: { serverName: string; version: string } | undefined): void => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(limitMs, () => finish(undefined));
    socket.once('error', () => finish(undefined));
    socket.once('close', () => finish(undefined));
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
      if (!text.includes('\r\n')) return;
      finish(readGreeting(text));
    });
  });
}

function readGreeting(text: string): { serverName: string; version: string } | undefined {
  const json = /^INFO (\{.*\})\s*\r\n/.exec(text)?.[1];
  if (json === undefined) return undefined;
  const info = JSON.parse(json) as { server_name?: string; version?: string };
  return { serverName: info.server_name ?? '', version: info.version ?? '' };
}

/** Whether the server with this name takes connections at the port. */
export const natsAnswers = async (port: number, serverName: string): Promise<boolean> =>
  (await natsGreeting(port))?.serverName === serverName;
