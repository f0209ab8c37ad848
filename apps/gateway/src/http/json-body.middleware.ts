import type { NextFunction, Request, Response } from 'express';
import { DomainError, drain } from '#slipway/platform';
import { parseStrictJson } from './strict-json.js';

const maxBytes = 300 * 1024;
/** For a whole body: commands are small. */
const maxMs = 30_000;

/** Reads the body of a command, which is JSON and nothing else. */
export function jsonBody(request: Request, response: Response, next: NextFunction): void {
  if (!hasBody(request)) {
    next();
    return;
  }
  read(request).then(
    (body) => {
      request.body = body;
      next();
    },
    (error: unknown) => {
      drain(request);
      response.setHeader('Connection', 'close');
      next(error);
    },
  );
}

const hasBody = (request: Request): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;

async function read(request: Request): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json *(?:; *charset="?utf-8"? *)?$/i.test(type))
    throw new DomainError('unsupported_media_type', `a body is sent as application/json, not as '${type.slice(0, 100)}'`);
  if (request.headers['content-encoding'] !== undefined)
    throw new DomainError('unsupported_media_type', 'a body is sent as it is, without Content-Encoding');
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  return parseStrictJson(await collect(request));
}

function collect(request: Request): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => end(new DomainError('bad_request', `the body took longer than ${maxMs / 1_000} s`)), maxMs);
    const end = (error?: Error): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose).pause();
      if (error) reject(error);
      else resolve(Buffer.concat(chunks, size));
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBytes) end(tooLarge());
      else chunks.push(chunk);
    };
    const onEnd = (): void => end();
    const onClose = (): void => end(new DomainError('bad_request', 'the caller left before the end of the body'));
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

const tooLarge = (): DomainError =>
  new DomainError('payload_too_large', `a body has at most ${maxBytes / 1024} KiB; larger content goes to /v2/ as a blob`);
