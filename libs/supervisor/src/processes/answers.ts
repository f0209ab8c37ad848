import { connect } from 'node:net';
import { loopback } from './ports.js';

/** Whether `GET /readyz` at the port answers 2xx; every failure counts as no. */
export async function answersReady(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://${loopback}:${port}/readyz`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Whether anything takes TCP connections at the port. */
export function answersTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: loopback });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}
