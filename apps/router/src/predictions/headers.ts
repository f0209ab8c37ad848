import { DomainError } from '#slipway/platform';

/** RFC 9110 §7.6.1, and what the router writes itself or keeps to itself. */
const notForwarded = new Set([
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-ms-request-id',
  'x-real-ip',
]);
const notForwardedPrefixes = ['x-slipway-', 'x-forwarded-'];
/** A client cannot have these taken away by naming them in Connection. */
const kept = new Set(['content-type', 'content-encoding', 'x-ms-client-request-id']);

const answered = new Set([
  'allow',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'etag',
  'expires',
  'last-modified',
  'retry-after',
  'vary',
]);
const notAnsweredPrefixes = ['x-slipway-', 'x-forwarded-', 'x-ms-request-id', 'x-ms-client-request-id', 'x-accel-', 'x-sendfile'];
const clientRequestIdShape = /^[\x20-\x7e]{1,256}$/;
const maxHeaders = 128;

/** What the router reads from the headers of a request, in one pass. */
export interface RequestHeaders {
  authorization: string | undefined;
  clientRequestId: string | null;
  contentType: string | null;
  /** Lines for the replica. */
  forwarded: string;
}

/** @throws DomainError for headers that could be read in two ways. */
export function readHeaders(raw: readonly string[]): RequestHeaders {
  if (raw.length > 2 * maxHeaders) throw new DomainError('bad_request', `the request has more than ${maxHeaders} headers`);
  const result: RequestHeaders = { authorization: undefined, clientRequestId: null, contentType: null, forwarded: '' };
  const named = connectionNamed(raw);
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase();
    const value = raw[index + 1]!;
    if (name === 'authorization') {
      if (result.authorization !== undefined)
        throw new DomainError('bad_request', 'the request has more than one Authorization header');
      result.authorization = value;
    } else if (name === 'content-type') result.contentType ??= value;
    else if (name === 'x-ms-client-request-id') {
      if (!clientRequestIdShape.test(value)) continue;
      result.clientRequestId ??= value;
    } else if (name === 'content-encoding' && value.toLowerCase() !== 'identity') {
      throw new DomainError('unsupported_media_type', `the body is encoded as '${value.slice(0, 32)}'; send it as it is`);
    }
    if (notForwarded.has(name) || notForwardedPrefixes.some((prefix) => name.startsWith(prefix)) || named?.has(name)) continue;
    result.forwarded += `${raw[index]!}: ${value}\r\n`;
  }
  return result;
}

/** Headers that Connection makes a matter between the client and us. */
function connectionNamed(raw: readonly string[]): Set<string> | undefined {
  let names: Set<string> | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    if (raw[index]!.length !== 10 || raw[index]!.toLowerCase() !== 'connection') continue;
    for (const token of raw[index + 1]!.toLowerCase().split(',')) {
      const name = token.trim();
      if (name && !kept.has(name)) (names ??= new Set()).add(name);
    }
  }
  return names;
}

/** The headers of a replica's answer that reach the caller: an allow-list, and what a script may set with `x-`. */
export function answerHeaders(raw: readonly string[]): string[] {
  const headers: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase();
    const own = name.startsWith('x-') && !notAnsweredPrefixes.some((prefix) => name.startsWith(prefix));
    if (own || answered.has(name)) headers.push(raw[index]!, raw[index + 1]!);
  }
  return headers;
}

/** A header of an answer by its lower-case name. */
export function headerOf(raw: readonly string[], name: string): string | null {
  for (let index = 0; index < raw.length; index += 2) {
    if (raw[index]!.length === name.length && raw[index]!.toLowerCase() === name) return raw[index + 1]!;
  }
  return null;
}
