import { DomainError } from '#slipway/platform';

export type Resource = 'score' | 'swagger.json' | '';

/** What a request is for. */
export interface Target {
  /** Undefined: the installation's default environment. */
  environment: string | undefined;
  service: string;
  resource: Resource;
  /** With its question mark, or empty. */
  query: string;
}

// Names are the grammar of environments and services; anything encoded, doubled or dotted is another path and not found.
const pattern = /^(?:\/e\/([a-z0-9][a-z0-9.-]{0,62}))?\/api\/v1\/service\/([a-z0-9][a-z0-9.-]{0,62})\/(score|swagger\.json)?$/;
const methods: Readonly<Record<Resource, readonly string[]>> = {
  score: ['POST', 'GET'],
  'swagger.json': ['GET', 'HEAD'],
  '': ['GET', 'HEAD'],
};
/** A scoring key, wherever it may not stand. */
const keyShape = /slk_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9a-f]{8}/;

/** @throws DomainError `not_found` for a path that no service has; `bad_request` for a target that is no path or holds a key. */
export function parseTarget(target: string): Target {
  if (!target.startsWith('/')) throw new DomainError('bad_request', 'the request target must be a path, not an address');
  if (keyShape.test(target)) {
    throw new DomainError(
      'bad_request',
      "a key stands in the address; send it in the header 'Authorization: Bearer <key>' and replace it",
    );
  }
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const match = pattern.exec(path);
  if (!match) {
    throw new DomainError(
      'not_found',
      'there is no such path; a service has /api/v1/service/<name>/score, .../swagger.json and .../, with /e/<environment> before it outside the default environment',
    );
  }
  return {
    environment: match[1],
    service: match[2]!,
    resource: (match[3] ?? '') as Resource,
    query: mark < 0 ? '' : target.slice(mark),
  };
}

/** @throws DomainError `method_not_allowed` */
export function checkMethod(method: string, resource: Resource): void {
  const allowed = methods[resource];
  if (allowed.includes(method)) return;
  throw new DomainError('method_not_allowed', `${method} is not allowed here; use ${allowed.join(' or ')}`);
}

export const allowedMethods = (resource: Resource): string => methods[resource].join(', ');
