import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readiness } from '#slipway/platform';
import type { RouterMetrics } from '../metrics/metrics.js';

/** Health and metrics, on a listener of their own: nothing of it is reachable at the public port. */
export class InternalServer {
  private readonly server: Server;

  constructor(
    private readonly address: { host: string; port: number },
    private readonly readiness: Readiness,
    private readonly metrics: RouterMetrics,
  ) {
    this.server = createServer(
      { requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 16 * 1024 },
      (request, response) => {
        request.resume();
        void this.answer(`${request.method} ${request.url?.split('?')[0]}`, response).catch(() => response.destroy());
      },
    );
  }

  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.address, () => resolve((this.server.address() as AddressInfo).port));
    });
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async answer(what: string, response: ServerResponse): Promise<void> {
    if (what === 'GET /healthz') json(response, 200, { status: 'ok' });
    else if (what === 'GET /readyz') {
      const problems = await this.readiness.problems();
      const ready = Object.keys(problems).length === 0;
      json(response, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', problems });
    } else if (what === 'GET /metrics') {
      response.writeHead(200, { 'Content-Type': this.metrics.registry.contentType }).end(await this.metrics.registry.metrics());
    } else json(response, 404, { code: 'not_found', message: 'this listener has /healthz, /readyz and /metrics' });
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
