import { type IncomingMessage, request, type RequestOptions } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '#slipway/platform';

const apiVersion = 'v1.41';
const maxAnswerBytes = 16 * 2 ** 20;

export interface EngineAnswer {
  status: number;
  body: Buffer;
}

/** A Docker Engine's API: plain HTTP at a unix socket or an address. A status is an answer, only silence is an error. */
export class DockerEngine {
  private readonly place: RequestOptions;

  constructor(private readonly address: string) {
    const url = new URL(address.replace(/^tcp:/, 'http:'));
    this.place = url.protocol === 'unix:' ? { socketPath: url.pathname } : { host: url.hostname, port: url.port };
  }

  /** @throws DomainError `service_unavailable` when the engine does not answer within `timeoutMs`. */
  async call(method: string, path: string, content?: object | Readable, timeoutMs = 30_000): Promise<EngineAnswer> {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await this.open(method, path, content, signal);
    const parts: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const part of answer as AsyncIterable<Buffer>) {
        bytes += part.length;
        if (bytes > maxAnswerBytes) throw new Error('its answer is too long');
        parts.push(part);
      }
    } catch (error) {
      throw this.gone(error);
    }
    return { status: answer.statusCode ?? 0, body: Buffer.concat(parts) };
  }

  /** The answer as it comes; its headers are here. @throws DomainError `service_unavailable` */
  open(method: string, path: string, content: object | Readable | undefined, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const type = content instanceof Readable ? 'application/x-tar' : 'application/json';
      const headers = { host: 'docker', ...(content === undefined ? {} : { 'content-type': type }) };
      const options = { ...this.place, method, path: `/${apiVersion}${path}`, headers, agent: false, signal };
      const outgoing = request(options, resolve);
      outgoing.on('error', (error) => reject(this.gone(error)));
      if (content instanceof Readable) pipeline(content, outgoing).catch(reject);
      else outgoing.end(content === undefined ? undefined : JSON.stringify(content));
    });
  }

  private gone(cause: unknown): DomainError {
    const why = cause instanceof Error ? cause.message : 'unknown cause';
    const message = `the Docker Engine at ${this.address} does not answer (${why}); see that it runs and that Slipway may use it`;
    return new DomainError('service_unavailable', message, [], { cause });
  }
}
