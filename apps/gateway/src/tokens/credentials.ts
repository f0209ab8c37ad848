import { DomainError } from '#slipway/platform';

/** The parts of a request that can hold a token. */
export interface TokenCarrier {
  headers: { authorization?: string | undefined; cookie?: string | undefined };
  rawHeaders: readonly string[];
  url: string;
  ip?: string | undefined;
}

export type Scheme = 'Bearer' | 'Basic';
const secretInside = /sl[pk]_[0-9A-Za-z]{12}_/;

/**
 * The one token of a request: after `Bearer`, or the password after `Basic`, as OCI clients send it; undefined without one.
 * @throws DomainError `bad_request` for a second header, and for a token where logs and histories would keep it
 */
export function tokenOf(request: TokenCarrier, schemes: readonly Scheme[]): string | undefined {
  const names = request.rawHeaders.filter((_value, index) => index % 2 === 0);
  if (names.filter((name) => name.toLowerCase() === 'authorization').length > 1)
    throw new DomainError('bad_request', 'the request has several Authorization headers; send one');
  const search = request.url.slice(request.url.indexOf('?') + 1 || request.url.length);
  if (/(?:^|&)(?:access_token|token)=/i.test(search) || secretInside.test(decoded(search)))
    throw new DomainError('bad_request', 'a token goes into the Authorization header, never into the address');
  if (secretInside.test(request.headers.cookie ?? ''))
    throw new DomainError('bad_request', 'a token goes into the Authorization header, never into a cookie');
  const [, scheme, value] = /^([A-Za-z]+) ([^\s]+)$/.exec(request.headers.authorization ?? '') ?? [];
  const known = schemes.find((name) => name.toLowerCase() === scheme?.toLowerCase());
  if (known === undefined || value === undefined) return undefined;
  return known === 'Bearer' ? value : passwordOf(value);
}

function passwordOf(basic: string): string {
  const text = Buffer.from(basic, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
