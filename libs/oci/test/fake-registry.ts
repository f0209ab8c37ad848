import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { digestOf, isDigest } from '../src/digest.js';

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
}

/** What goes wrong with one request; tried in order, each rule as often as it says. */
export interface Fault {
  method: string;
  /** Part of the path and query. */
  path?: string;
  times?: number;
  /** Answer with this status (and body, headers) instead. */
  status?: number;
  body?: string;
  headers?: Record<string, string>;
  /** Destroy the connection: before the request has any effect, or after it. */
  cut?: 'before' | 'after';
  /** Destroy the connection after so many bytes of the answer's body. */
  cutAfterBytes?: number;
  /** Never answer. */
  hang?: boolean;
  /** Change the body of a good answer. */
  mangle?: (body: Buffer) => Buffer;
  /** Keep only so many bytes of a PATCH, and cut. */
  keepBytes?: number;
}

interface Upload {
  repository: string;
  bytes: Buffer;
}

/** A registry as strict as the distribution specification allows: whatever it does not expect is a 4xx that fails the test. */
export class FakeRegistry {
  url = '';
  readonly seen: Seen[] = [];
  readonly faults: Fault[] = [];
  readonly blobs = new Map<string, Buffer>();
  readonly manifests = new Map<string, { bytes: Buffer; mediaType: string }>();
  readonly uploads = new Map<string, Upload>();
  authorization: string | undefined;
  ranges = true;
  absoluteLocations = false;
  lengths = true;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      this.handle(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  static async start(): Promise<FakeRegistry> {
    const registry = new FakeRegistry();
    await new Promise<void>((done) => registry.server.listen(0, '127.0.0.1', done));
    registry.url = `http://127.0.0.1:${(registry.server.address() as AddressInfo).port}`;
    return registry;
  }

  /** `METHOD path` of every request so far. */
  get calls(): string[] {
    return this.seen.map(({ method, path }) => `${method} ${path.replace(/uploads\/[0-9a-f-]{36}/, 'uploads/ID')}`);
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  put(repository: string, bytes: Buffer): ReturnType<typeof digestOf> {
    const digest = digestOf(bytes);
    this.blobs.set(`${repository}@${digest}`, bytes);
    return digest;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.url);
    const method = request.method!;
    this.seen.push({ method, path: `${url.pathname}${url.search}`, headers: request.headers });
    if (this.authorization !== undefined && request.headers.authorization !== this.authorization)
      return this.refuse(response, 401, 'UNAUTHORIZED');
    const fault = this.nextFault(method, `${url.pathname}${url.search}`);
    if (fault?.hang) return;
    if (fault?.cut === 'before') return void request.socket.destroy();
    if (fault?.keepBytes !== undefined) return this.keepPart(request, url, fault.keepBytes);
    const body = await buffer(request);
    if (fault?.status !== undefined) return void response.writeHead(fault.status, fault.headers).end(fault.body);
    if (fault?.cut === 'after') {
      response.end = ((): ServerResponse => (request.socket.destroy(), response)) as ServerResponse['end'];
    }
    this.route(method, url, request, response, body, fault);
  }

  private nextFault(method: string, path: string): Fault | undefined {
    const at = this.faults.findIndex((fault) => fault.method === method && path.includes(fault.path ?? ''));
    const fault = this.faults[at];
    if (!fault) return undefined;
    fault.times = (fault.times ?? 1) - 1;
    if (fault.times <= 0) this.faults.splice(at, 1);
    return fault;
  }

  private async keepPart(request: IncomingMessage, url: URL, bytes: number): Promise<void> {
    const upload = this.uploads.get(url.pathname.split('/').at(-1)!)!;
    const start = Number(/^(\d+)-/.exec(request.headers['content-range']!)![1]);
    if (start !== upload.bytes.length) throw new Error(`expected a chunk at ${upload.bytes.length}, got ${start}`);
    const body = await buffer(request);
    upload.bytes = Buffer.concat([upload.bytes, body.subarray(0, bytes)]);
    request.socket.destroy();
  }

  private route(method: string, url: URL, request: IncomingMessage, response: ServerResponse, body: Buffer, fault?: Fault): void {
    const match = /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests)\/([^/]*)$/.exec(url.pathname);
    if (!match) return this.refuse(response, 404, 'NAME_UNKNOWN');
    const [, repository, kind, last] = match as unknown as [string, string, string, string];
    if (kind === 'manifests') return this.manifest(method, `${repository}:${last}`, request, response, body, fault);
    if (kind === 'blobs') return this.blob(method, `${repository}@${last}`, request, response, fault);
    if (method === 'POST' && last === '') return this.begin(repository, url, response);
    this.upload(method, repository, last, url, request, response, body);
  }

  private blob(method: string, key: string, request: IncomingMessage, response: ServerResponse, fault?: Fault): void {
    const blob = this.blobs.get(key);
    if (!blob) return this.refuse(response, 404, 'BLOB_UNKNOWN');
    if (method === 'HEAD') return void response.writeHead(200, { 'content-length': blob.length }).end();
    const range = this.ranges ? /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') : null;
    const start = range ? Number(range[1]) : 0;
    const end = range?.[2] ? Math.min(Number(range[2]) + 1, blob.length) : blob.length;
    if (start >= end && range) return this.refuse(response, 416, 'RANGE_INVALID');
    const part = fault?.mangle ? fault.mangle(blob.subarray(start, end)) : blob.subarray(start, end);
    const headers: Record<string, string | number> = this.lengths ? { 'content-length': part.length } : {};
    if (range) headers['content-range'] = `bytes ${start}-${end - 1}/${blob.length}`;
    response.writeHead(range ? 206 : 200, headers);
    if (fault?.cutAfterBytes === undefined) return void response.end(part);
    response.write(part.subarray(0, fault.cutAfterBytes), () => setTimeout(() => request.socket.destroy(), 20));
  }

  private begin(repository: string, url: URL, response: ServerResponse): void {
    const mount = url.searchParams.get('mount');
    const known = mount === null ? undefined : this.blobs.get(`${url.searchParams.get('from')}@${mount}`);
    if (known) {
      this.blobs.set(`${repository}@${mount}`, known);
      return void response.writeHead(201, { location: `/v2/${repository}/blobs/${mount}` }).end();
    }
    const id = randomUUID();
    this.uploads.set(id, { repository, bytes: Buffer.alloc(0) });
    this.accept(response, 202, repository, id);
  }

  private upload(
    method: string,
    repository: string,
    id: string,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ): void {
    const upload = this.uploads.get(id);
    if (!upload || upload.repository !== repository) return this.refuse(response, 404, 'BLOB_UPLOAD_UNKNOWN');
    if (method === 'GET') return this.accept(response, 204, repository, id);
    if (url.searchParams.get('state') !== `s ${upload.bytes.length}`) return this.refuse(response, 404, 'BLOB_UPLOAD_UNKNOWN');
    if (method === 'PATCH') {
      const range = /^(\d+)-(\d+)$/.exec(request.headers['content-range'] ?? '');
      const fits =
        range && Number(range[1]) === upload.bytes.length && Number(range[2]) === upload.bytes.length + body.length - 1;
      if (!fits || request.headers['content-length'] !== String(body.length)) return this.refuse(response, 416, 'RANGE_INVALID');
      upload.bytes = Buffer.concat([upload.bytes, body]);
      return this.accept(response, 202, repository, id);
    }
    const digest = url.searchParams.get('digest');
    if (method !== 'PUT' || !isDigest(digest) || body.length > 0) return this.refuse(response, 400, 'DIGEST_INVALID');
    if (digestOf(upload.bytes) !== digest) return this.refuse(response, 400, 'DIGEST_INVALID');
    this.uploads.delete(id);
    this.blobs.set(`${repository}@${digest}`, upload.bytes);
    response.writeHead(201, { location: `/v2/${repository}/blobs/${digest}` }).end();
  }

  /** The state in the query changes with every step, as it may. */
  private accept(response: ServerResponse, status: number, repository: string, id: string): void {
    const { length } = this.uploads.get(id)!.bytes;
    const location = `/v2/${repository}/blobs/uploads/${id}?state=s+${length}`;
    response
      .writeHead(status, {
        location: this.absoluteLocations ? `${this.url}${location}` : location,
        range: `0-${Math.max(0, length - 1)}`,
      })
      .end();
  }

  private manifest(
    method: string,
    key: string,
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    fault?: Fault,
  ): void {
    if (method === 'PUT') {
      const mediaType = request.headers['content-type']!;
      this.manifests.set(decodeURIComponent(key), { bytes: body, mediaType });
      return void response.writeHead(201, { 'docker-content-digest': digestOf(fault?.mangle ? fault.mangle(body) : body) }).end();
    }
    const found = this.manifests.get(decodeURIComponent(key));
    if (!found) return this.refuse(response, 404, 'MANIFEST_UNKNOWN');
    const bytes = fault?.mangle ? fault.mangle(found.bytes) : found.bytes;
    response.writeHead(200, { 'content-type': found.mediaType, 'docker-content-digest': digestOf(found.bytes) }).end(bytes);
  }

  private refuse(response: ServerResponse, status: number, code: string): void {
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }));
  }
}
