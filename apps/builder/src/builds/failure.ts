import type { ErrorCode } from '#slipway/contracts';
import { ArchiveError, DigestMismatchError, DistributionError } from '#slipway/oci';
import { DomainError } from '#slipway/platform';
import { isPassingRegistryFailure, LayerMissingError } from '../registry/image-store.adapter.js';
import { diskFull } from '../tools/disk-space.adapter.js';

/** `verdict`: trying again cannot help. `passing`: it can, in a while. `unknown`: once more, then it is a defect. */
export interface Failure {
  kind: 'verdict' | 'passing' | 'unknown';
  error: unknown;
}

const verdict = (code: ErrorCode, message: string, cause: unknown): Failure => ({
  kind: 'verdict',
  error: new DomainError(code, message, [], { cause }),
});

/** Judges what ended a build. */
export function judge(error: unknown): Failure {
  if (error instanceof DomainError) return { kind: error.code === 'service_unavailable' ? 'passing' : 'verdict', error };
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === 'ENOSPC' || (error instanceof DistributionError && error.status === 507))
    return { kind: 'verdict', error: diskFull(error) };
  if (code === 'ENOENT' && (error as NodeJS.ErrnoException).syscall?.startsWith('spawn')) {
    return verdict('internal', 'a program that builds need was not found: set SLIPWAY_UV to uv, or put it on PATH', error);
  }
  if (isPassingRegistryFailure(error)) return { kind: 'passing', error: unreachable(error) };
  if (error instanceof DistributionError && error.status === 404) {
    return verdict(
      'not_found',
      `a file of the manifest is no longer in the registry (${error.message}); create the manifest again`,
      error,
    );
  }
  if (error instanceof DistributionError)
    return verdict('bad_gateway', `the registry refused a request: ${error.message}`, error);
  if (error instanceof LayerMissingError) return verdict('not_found', `${error.message}; register the model again`, error);
  if (error instanceof ArchiveError) return verdict('invalid_archive', error.message, error);
  if (error instanceof DigestMismatchError) return verdict('digest_mismatch', `${error.message}; upload it again`, error);
  return { kind: 'unknown', error };
}

const unreachable = (cause: unknown): DomainError =>
  new DomainError(
    'service_unavailable',
    'the registry could not be reached; see that it is running and create the image again',
    [],
    { cause },
  );
