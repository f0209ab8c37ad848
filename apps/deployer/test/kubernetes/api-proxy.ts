import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { parse } from 'yaml';

interface Kubeconfig {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { token: string } }[];
}

export interface Seen {
  method: string;
  path: string;
  watch: boolean;
  at: number;
}

/** What happens to a request instead of being passed on; undefined: nothing. */
export type Fault = (
  request: Seen,
) => { status: number; body?: object; headers?: Record<string, string> } | 'hang' | 'reset' | undefined;

/** A plain door on loopback to a cluster's API server that counts and, on demand, refuses, hangs or cuts. */
export class ApiProxy {
  readonly seen: Seen[] = [];
  fault: Fault = () => undefined;
  /** When set, answers to watches are kept back: connections stay open without a byte. */
  silent = false;
  private readonly upstream: { url: URL; agent: https.Agent; token: string };
  private readonly server = http.createServer((request, response) => this.pass(request, response));
  private readonly watches = new Set<http.ServerResponse>();

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(kubeconfig) as Kubeconfig;
    const { server, 'certificate-authority-data': ca } = clusters[0]!.cluster;
    const agent = new https.Agent({ ca: Buffer.from(ca, 'base64'), keepAlive: true });
    this.upstream = { url: new URL(server), agent, token: users[0]!.user.token };
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  /** For a client that goes through this door. */
  get kubeconfig(): string {
    const server = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server } }],
      users: [{ name: 'u', user: { token: this.upstream.token } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    });
  }

  writes(): Seen[] {
    return this.seen.filter(({ method }) => method !== 'GET');
  }

  cutWatches(): void {
    for (const response of this.watches) response.destroy();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    this.upstream.agent.destroy();
  }

  private pass(request: http.IncomingMessage, response: http.ServerResponse): void {
    const path = request.url ?? '/';
    const seen = { method: request.method ?? 'GET', path, watch: path.includes('watch=true'), at: performance.now() };
    this.seen.push(seen);
    const fault = this.fault(seen);
    if (fault === 'hang') return;
    if (fault === 'reset') return void request.socket.destroy();
    if (fault) {
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      response.end(JSON.stringify(fault.body ?? { kind: 'Status', status: 'Failure', message: 'by the test', reason: 'Test' }));
      return;
    }
    const { url, agent, token } = this.upstream;
    const headers = { ...request.headers, host: url.host, authorization: `Bearer ${token}` };
    const forward = https.request(new URL(path, url), { method: seen.method, agent, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      if (seen.watch) {
        response.flushHeaders();
        this.watches.add(response);
      }
      answer.on('data', (chunk) => {
        if (!(seen.watch && this.silent)) response.write(chunk);
      });
      answer.on('end', () => response.end());
      answer.on('error', () => response.destroy());
    });
    forward.on('error', () => request.socket.destroy());
    response.on('close', () => {
      this.watches.delete(response);
      forward.destroy();
    });
    request.pipe(forward);
  }
}
