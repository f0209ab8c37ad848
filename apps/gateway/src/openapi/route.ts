import type { z } from 'zod';
import type { CommandDefinition, ErrorCode } from '#slipway/contracts';
import { onlyVersion } from '../http/list-query.js';

export interface DocumentedRoute {
  method: 'get' | 'post' | 'put' | 'delete';
  path: string;
  tag: string;
  id: string;
  summary: string;
  description?: string;
  query?: z.ZodType;
  body?: z.ZodType;
  /** Success answers: status to schema, null for an empty body, a media type for a text or a stream. */
  answers: Readonly<Record<number, z.ZodType | null | string>>;
  /** 202 with `Operation-Location`. */
  operation?: boolean;
  /** Codes besides those that every route has. */
  codes: readonly ErrorCode[];
  /** Needs no token. */
  open?: boolean;
}

const base = '/api/v1/accounts/{account}';
export const absent: readonly ErrorCode[] = ['not_found'];
export const codesOf = (...commands: CommandDefinition[]): readonly ErrorCode[] => [
  ...new Set(commands.flatMap((command) => command.errors)),
];
type Rest = Omit<DocumentedRoute, 'method' | 'path' | 'tag' | 'codes'> & { codes?: readonly ErrorCode[] };

/** A route below the account; its tag is the first part of its path. */
export const at = (method: DocumentedRoute['method'], path: string, rest: Rest): DocumentedRoute => ({
  method,
  path: `${base}/${path}`,
  tag: path.split('/')[0]!,
  codes: [],
  ...rest,
  ...(method === 'get' && !rest.query ? { query: onlyVersion } : {}),
});

export const open = (path: string, id: string, summary: string, answers: DocumentedRoute['answers']): DocumentedRoute => ({
  method: 'get',
  path,
  tag: 'installation',
  id,
  summary,
  answers,
  codes: [],
  open: true,
});
