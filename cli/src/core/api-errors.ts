import { SlipwayApiError, SlipwayConnectionError } from '#slipway/client';
import type { DistributionError } from '#slipway/oci';
import { CliError } from './errors.js';
import type { Profile } from './profile.js';

/** A client's error as one that a user can act on. */
export function translate(error: unknown, profile: Profile): unknown {
  if (error instanceof SlipwayConnectionError)
    return new CliError(
      `Slipway does not answer at ${profile.url}`,
      2,
      [],
      'see what runs: `slipway status`; start it: `slipway up`',
    );
  if (!(error instanceof SlipwayApiError)) return error;
  const ours = error.status >= 500 || error.status === 429;
  const details = error.details.filter((detail) => !error.message.includes(detail.message)).map((detail) => detail.message);
  if (ours)
    return new CliError(
      error.message,
      2,
      [...details, `request id ${error.requestId}`],
      'repeat the command in a moment; what was acknowledged is kept',
    );
  return new CliError(error.message, 1, details, nextAfter(error.code, undefined), error.code);
}

/** A refused or broken upload, by the name of what was sent. */
export function fromDistribution(what: string, error: DistributionError, profile: Profile): unknown {
  if (error.status === 401 || error.status === 403)
    return new CliError(`the token may not upload ${what}`, 1, [], 'set SLIPWAY_TOKEN to a valid token');
  if (error.status === 507)
    return new CliError(
      `there is no room for ${what} where Slipway keeps its blobs; nothing of it was kept`,
      1,
      [],
      'free some disk space there and repeat the command',
    );
  return new CliError(
    `${what} could not be uploaded to ${profile.url}`,
    2,
    [error.message],
    'repeat the command; what was sent is not sent again',
  );
}

/** A next step that works, by code of the error. */
export function nextAfter(code: string, operationId: string | undefined): string {
  switch (code) {
    case 'unauthenticated':
      return 'set SLIPWAY_TOKEN to a valid token';
    case 'not_found':
      return 'list what there is: slipway model list, manifest list, image list, service list';
    case 'name_taken':
      return 'choose another name, or change the one that is there: slipway service update NAME';
    case 'unresolved_dependency':
    case 'missing_import':
      return 'change the conda or pip file and repeat the command';
    case 'init_failed':
    case 'rollout_failed':
      return 'mend the script and repeat the command; the whole log: slipway service logs NAME';
    case 'python_missing':
      return 'install that Python, or change python= in the conda file';
    default:
      return operationId === undefined
        ? 'change what the message names and repeat the command'
        : 'mend what the message names and repeat the command';
  }
}
