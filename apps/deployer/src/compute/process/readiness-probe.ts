import { request } from 'node:http';

export type ProbeAnswer = 'ready' | 'not ready' | 'stranger' | 'silent';

/** Asks a replica whether it can take requests; `stranger` when somebody else answers at its port. */
export function probeReadiness(host: string, port: number, replicaId: string, timeoutMs = 1_000): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const outgoing = request({ host, port, path: '/readyz', agent: false, timeout: timeoutMs }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (part: string) => {
        text += part;
        if (text.length > 65_536) outgoing.destroy();
      });
      incoming.on('end', () => resolve(judge(text, incoming.statusCode, replicaId)));
      incoming.on('error', () => resolve('silent'));
    });
    const limit = setTimeout(() => outgoing.destroy(), timeoutMs);
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve('silent'));
    outgoing.on('close', () => {
      clearTimeout(limit);
      resolve('silent');
    });
    outgoing.end();
  });
}

function judge(text: string, status: number | undefined, replicaId: string): ProbeAnswer {
  try {
    const { id } = JSON.parse(text) as { id?: unknown };
    if (id !== replicaId) return 'stranger';
    return status === 200 ? 'ready' : 'not ready';
  } catch {
    return 'stranger';
  }
}
