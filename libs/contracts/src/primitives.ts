import { z } from 'zod';

/** An account's slug: immutable, never reused, legal as a NATS token and as a part of a repository. */
export const AccountSlug = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,31}$/, 'an account is 2 to 32 of a-z, 0-9 and -, starting with a letter');

export const Id = z.uuid('an id is a UUID');

/** An id, a name, or `name:version`; resolved by the service that owns the resource. */
export const Reference = z.string().min(1).max(320);

/** `sha256:<64 lower-case hex digits>`. */
export const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'a digest is sha256: and 64 lower-case hexadecimal digits');

/** Names of services and images: 3 to 32 of a-z, 0-9, `-` and `.`, first and last alphanumeric, no `..`. */
export const DnsName = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9.-]{1,30})[a-z0-9]$/,
    'a name is 3 to 32 of a-z, 0-9, - and ., and starts and ends with a letter or a digit',
  )
  .refine((name) => !name.includes('..'), 'a name has no two dots in a row');

/** Names of models and manifests: 1 to 255 characters of NFC text without control characters and `/`. */
export const DisplayName = z
  .string()
  .min(1)
  .max(255)
  // eslint-disable-next-line no-control-regex
  .regex(/^[^\u0000-\u001f\u007f/]+$/u, 'a name has no / and no control characters')
  .refine((name) => name.isWellFormed() && name.normalize('NFC') === name, 'a name is Unicode text in NFC');

export const Tags = z.array(z.string().min(1).max(128)).max(32);
export const Description = z.string().max(2000);

/** RFC 3339 in UTC with milliseconds. */
export const Timestamp = z.iso.datetime({ offset: true });

/** A path inside the image's `/app`: relative, `/` between segments, no `.` or `..` segment. */
export const AppPath = z
  .string()
  .min(1)
  .max(1024)
  .refine(
    (path) => path.split('/').every((part) => part !== '' && part !== '.' && part !== '..') && !path.includes('\\'),
    'a relative path without . and .. segments',
  );

export const AsyncState = z.enum(['NotStarted', 'Running', 'Cancelled', 'Succeeded', 'Failed']);
export type AsyncState = z.infer<typeof AsyncState>;

/** Where a page starts; opaque to callers. */
export const PageRequest = z.object({
  count: z.coerce.number().int().min(1).max(1000).default(100),
  skipToken: z.string().max(512).optional(),
});
export type PageRequest = z.infer<typeof PageRequest>;

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ value: z.array(item), nextToken: z.string().optional() });
}
/** `nextToken` is absent on the last page. */
export interface Page<Item> {
  value: Item[];
  nextToken?: string;
}
