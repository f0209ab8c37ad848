import type { SecretRefs, SecretRefsUpdate } from '#slipway/contracts';
import { DomainError } from '#slipway/platform';

/** The secrets after a change: each set, a null value removed. */
export function mergeSecrets(current: SecretRefs, change: SecretRefsUpdate | undefined): SecretRefs {
  return {
    variables: merged(current.variables, change?.variables ?? {}),
    files: merged(current.files, change?.files ?? {}),
  };
}

function merged(
  current: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | null>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ ...current, ...change }).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

/** @throws DomainError `unprocessable` for variables of Slipway's own or with two values, and for a file below a file. */
export function checkSecrets(
  { variables, files }: SecretRefs,
  env: Readonly<Record<string, string>>,
  isReserved: (name: string) => boolean,
): void {
  for (const name of Object.keys(variables)) {
    if (isReserved(name))
      throw new DomainError('unprocessable', `the variable ${name} is set by Slipway itself; give yours another name`);
    if (env[name] !== undefined)
      throw new DomainError('unprocessable', `the variable ${name} is set by -e and by a secret; take one of the two away`);
  }
  const paths = Object.keys(files);
  for (const path of paths) {
    const below = paths.find((other) => other.startsWith(`${path}/`));
    if (below) throw new DomainError('unprocessable', `secret file ${path} cannot also be the folder of ${below}; rename one`);
  }
}
