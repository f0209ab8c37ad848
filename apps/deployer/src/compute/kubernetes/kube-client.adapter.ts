import { KubeConfig } from '@kubernetes/client-node';
import { Agent, type Dispatcher, request } from 'undici';
import { DomainError } from '#slipway/platform';
import { KubeRefusal } from './kube-errors.js';
import { type Kind, kinds, type KubeObject, pathOf } from './kube-object.js';
import { fieldManager } from './names.js';

const answerMs = 15_000;
const maxAnswerBytes = 64 * 2 ** 20;
/** Each kind that is watched keeps one. */
const connections = 16;

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: KubeObject;
}

interface Call {
  query?: Record<string, string>;
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal;
}

/** One cluster's API: the client library reads the kubeconfig, the connections are our own, few and kept. */
export class KubeClient {
  private readonly agent: Agent;
  private readonly server: string;
  private readonly headers: Record<string, string>;
  private nextWriteAt = 0;

  /**
   * @param context of the kubeconfig; default: its current one.
   * @param writesPerSecond what the API server is asked to change at most.
   * @throws DomainError `unprocessable` for credentials that cannot be used.
   */
  constructor(
    kubeconfig: string,
    context?: string,
    private readonly writesPerSecond = 9,
  ) {
    const { server, ca, cert, key, token, insecure } = readKubeconfig(kubeconfig, context);
    this.server = server;
    this.headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.agent = new Agent({
      // An API server ends the whole HTTP/2 connection with the answer 401, which is then never read.
      allowH2: false,
      connections,
      connect: { ca, cert, key, rejectUnauthorized: !insecure, timeout: 5_000 },
      keepAliveTimeout: 30_000,
    });
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  async get<T = KubeObject>(path: string, query?: Record<string, string>): Promise<T> {
    return (await this.json('GET', path, { ...(query && { query }) })) as T;
  }

  /** Undefined when it is not there. */
  async find(kind: Kind, namespace: string, name: string): Promise<KubeObject | undefined> {
    return this.findAt(pathOf(kind, namespace, name));
  }

  async exists(path: string): Promise<boolean> {
    return (await this.findAt(path)) !== undefined;
  }

  private findAt(path: string): Promise<KubeObject | undefined> {
    return this.get(path).catch((error: unknown) => {
      if (error instanceof KubeRefusal && error.status === 404) return undefined;
      throw error;
    });
  }

  /** All objects of a kind with these labels, and the version to watch from. */
  async list(kind: Kind, namespace: string, labelSelector: string): Promise<{ items: KubeObject[]; version: string }> {
    const list = await this.get<{ items: KubeObject[]; metadata: { resourceVersion: string } }>(pathOf(kind, namespace), {
      labelSelector,
    });
    const { apiVersion } = kinds[kind];
    return { items: list.items.map((item) => ({ ...item, apiVersion, kind })), version: list.metadata.resourceVersion };
  }

  /** Server-side apply. `force` takes fields over that others hold. */
  async apply(manifest: KubeObject, options: { force?: boolean; dryRun?: boolean } = {}): Promise<KubeObject> {
    const { kind, metadata } = manifest;
    const query = {
      fieldManager,
      force: String(options.force ?? false),
      fieldValidation: 'Strict',
      ...(options.dryRun && { dryRun: 'All' }),
    };
    await this.turn();
    const path =
      kind === 'Namespace'
        ? `/api/v1/namespaces/${encodeURIComponent(metadata.name)}`
        : pathOf(kind as Kind, metadata.namespace ?? '', metadata.name);
    const contentType = 'application/apply-patch+yaml';
    return (await this.json('PATCH', path, { query, body: manifest, contentType })) as KubeObject;
  }

  async merge(kind: Kind, namespace: string, name: string, patch: unknown): Promise<KubeObject> {
    await this.turn();
    const call = { query: { fieldManager }, body: patch, contentType: 'application/merge-patch+json' };
    return (await this.json('PATCH', pathOf(kind, namespace, name), call)) as KubeObject;
  }

  async create(path: string, body: unknown, query?: Record<string, string>): Promise<KubeObject> {
    return (await this.json('POST', path, { body, ...(query && { query }) })) as KubeObject;
  }

  /** Only while it is the object that was looked at; one that is gone is fine. */
  async remove(object: KubeObject): Promise<void> {
    const { name, namespace = '', uid } = object.metadata;
    const body = { propagationPolicy: 'Background', ...(uid && { preconditions: { uid } }) };
    await this.turn();
    try {
      await this.json('DELETE', pathOf(object.kind as Kind, namespace, name), { body });
    } catch (error) {
      const another = error instanceof KubeRefusal && error.status === 409 && /uid/i.test(error.message);
      if (!(error instanceof KubeRefusal && error.status === 404) && !another) throw error;
    }
  }

  async logs(namespace: string, pod: string, query: Record<string, string>): Promise<string> {
    const answer = await this.send('GET', `${pathOf('Pod', namespace, pod)}/log`, { query });
    return answer.body.text();
  }

  /** Events from a version on; ends when the server ends it, or with an error after `silenceMs` without a byte. */
  async *watch(
    kind: Kind,
    namespace: string,
    query: Record<string, string>,
    silenceMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent[]> {
    const wanted = { ...query, watch: 'true', allowWatchBookmarks: 'true' };
    const { body } = await this.send('GET', pathOf(kind, namespace), { query: wanted, signal }, silenceMs);
    yield [];
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > maxAnswerBytes) throw new Error(`an event of ${kind} is larger than ${maxAnswerBytes} bytes`);
      const events = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as WatchEvent);
      if (events.length > 0) yield events;
    }
  }

  private async json(method: Dispatcher.HttpMethod, path: string, call: Call): Promise<unknown> {
    const { body } = await this.send(method, path, call);
    return body.json();
  }

  /** @throws KubeRefusal for any answer but a good one. */
  private async send(
    method: Dispatcher.HttpMethod,
    path: string,
    call: Call,
    bodyTimeout = answerMs,
  ): Promise<Dispatcher.ResponseData> {
    const url = new URL(this.server + path);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const answer = await request(url, {
      method,
      dispatcher: this.agent,
      headersTimeout: answerMs,
      bodyTimeout,
      signal: call.signal ?? null,
      headers: {
        ...this.headers,
        accept: 'application/json',
        ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
    });
    if (answer.statusCode < 300) return answer;
    throw refusalOf(answer.statusCode, answer.headers, await answer.body.text().catch(() => ''));
  }

  /** Writes go one after another at an even pace. */
  private async turn(): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.nextWriteAt);
    this.nextWriteAt = at + 1_000 / this.writesPerSecond;
    if (at > now) await new Promise((resolve) => setTimeout(resolve, at - now));
  }
}

interface StatusBody {
  reason?: string;
  message?: string;
  details?: { causes?: { reason?: string; message?: string; field?: string }[]; retryAfterSeconds?: number };
}

function refusalOf(status: number, headers: Dispatcher.ResponseData['headers'], text: string): KubeRefusal {
  let body: StatusBody = {};
  try {
    body = JSON.parse(text) as StatusBody;
  } catch {
    // Something before the API server has answered, in words of its own.
  }
  const seconds = Number(headers['retry-after'] ?? body.details?.retryAfterSeconds);
  const retryAfterMs = Number.isFinite(seconds) ? Math.min(seconds, 60) * 1_000 : 0;
  return new KubeRefusal(status, body.reason ?? '', body.message ?? text.slice(0, 300), body.details?.causes, retryAfterMs);
}

interface Access {
  server: string;
  ca: Buffer | undefined;
  cert: Buffer | undefined;
  key: Buffer | undefined;
  token: string | undefined;
  insecure: boolean;
}

/**
 * Only what stands in the text itself: a kubeconfig that names a program or a file would make the deployer run or read what
 * its sender chose.
 */
function readKubeconfig(text: string, context: string | undefined): Access {
  const unusable = (why: string): DomainError =>
    new DomainError('unprocessable', `the kubeconfig cannot be used: ${why}; see 'kubectl config view --raw --minify --flatten'`);
  // The library reads such a file while it loads.
  if (/token-?file/i.test(text)) throw unusable('it names a file with a token; put the token in it');
  const config = new KubeConfig();
  try {
    config.loadFromString(text);
  } catch {
    throw unusable('it is not YAML with clusters, users and contexts');
  }
  if (context !== undefined) config.setCurrentContext(context);
  const [cluster, user] = [config.getCurrentCluster(), config.getCurrentUser()];
  if (!cluster || !user) throw unusable(`its context '${config.getCurrentContext()}' does not name a cluster and a user`);
  if (user.exec || user.authProvider) throw unusable('its user is found by a program; give a token or a certificate instead');
  if (user.certFile || user.keyFile || cluster.caFile) throw unusable('it names files; put their contents in it');
  if (cluster.proxyUrl) throw unusable('it names a proxy');
  const server = URL.canParse(cluster.server) ? new URL(cluster.server) : undefined;
  const local = server !== undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(server.hostname);
  if (server?.protocol !== 'https:' && !(server?.protocol === 'http:' && local))
    throw unusable(`'${cluster.server}' is no https address`);
  const decode = (data: string | undefined): Buffer | undefined => (data ? Buffer.from(data, 'base64') : undefined);
  return {
    server: server.href.replace(/\/$/, ''),
    ca: decode(cluster.caData),
    cert: decode(user.certData),
    key: decode(user.keyData),
    token: user.token,
    insecure: cluster.skipTLSVerify === true,
  };
}
