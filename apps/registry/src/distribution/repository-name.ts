import { AccountSlug } from '#slipway/contracts';
import { type Digest, isDigest } from '#slipway/oci';
import type { InternalCaller } from '#slipway/platform';
import { OciRefusal } from './oci-refusal.js';

export const uploadsOf = (account: string): string => `${account}/uploads`;
/** Where an account puts archives before it registers them. */
export const isUploads = (name: string): boolean => name === uploadsOf(name.split('/')[0]!);
export const modelsOf = (account: string): string => `${account}/models`;

// OCI distribution specification, "Pulling manifests".
const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tag = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const longestName = 255;

const readers = ['owner', 'contributor', 'reader', 'system'];
const writers = ['owner', 'contributor', 'system'];

/** @throws OciRefusal `NAME_INVALID` unless the name is `<account>/<…>` in the specification's grammar. */
export function parseRepository(name: string): { account: string; name: string } {
  const [account = '', ...rest] = name.split('/');
  if (
    name.length > longestName ||
    !AccountSlug.safeParse(account).success ||
    rest.length === 0 ||
    !rest.every((part) => component.test(part))
  )
    throw new OciRefusal(
      'NAME_INVALID',
      `'${name.slice(0, longestName)}' is not a repository; it should be <account>/<name> in a-z, 0-9, -, _ and .`,
    );
  return { account, name };
}

/** Tags of `<account>/<name>` are versions of models and images and never move; deeper repositories are the account's own. */
export const hasFixedTags = (name: string): boolean => name.split('/').length === 2;

/** The repository, if the caller may use it so; another account's looks the same whether or not it exists. */
export function authorize(caller: InternalCaller, name: string, use: 'pull' | 'push'): string {
  const repository = parseRepository(name);
  const roles = use === 'pull' ? readers : writers;
  if (caller.account !== undefined && caller.account !== repository.account)
    throw new OciRefusal(
      'DENIED',
      `account ${caller.account} has no access to ${name}; its repositories start with ${caller.account}/`,
    );
  if (!caller.roles.some((role) => roles.includes(role)))
    throw new OciRefusal(
      'DENIED',
      `${use === 'pull' ? 'reading' : 'writing'} ${name} needs one of the roles ${roles.slice(0, -1).join(', ')}`,
    );
  if (use === 'push' && caller.account !== undefined && name === modelsOf(repository.account))
    throw new OciRefusal(
      'DENIED',
      `${name} is filled by registering models; upload to ${uploadsOf(repository.account)} and register the blob`,
    );
  return name;
}

export function mayPull(caller: InternalCaller, name: string): boolean {
  try {
    return authorize(caller, name, 'pull') === name;
  } catch {
    return false;
  }
}

export function requireDigest(text: string | undefined): Digest {
  if (isDigest(text)) return text;
  throw new OciRefusal(
    'DIGEST_INVALID',
    `'${(text ?? '').slice(0, 100)}' is not a digest; it should be sha256: and 64 lower-case hexadecimal digits`,
  );
}

/** A manifest is asked for by digest or by tag. */
export function parseReference(text: string): { digest: Digest } | { tag: string } {
  if (text.includes(':')) return { digest: requireDigest(text) };
  if (tag.test(text)) return { tag: text };
  throw new OciRefusal(
    'TAG_INVALID',
    `'${text.slice(0, 128)}' is not a tag; it should be 1 to 128 of letters, digits, _, . and -`,
  );
}
