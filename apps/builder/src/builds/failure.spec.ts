import { describe, expect, it } from 'vitest';
import { ArchiveError, DistributionError } from '#slipway/oci';
import { DomainError } from '#slipway/platform';
import { LayerMissingError } from '../registry/image-store.adapter.js';
import { judge } from './failure.js';

describe(judge.name, () => {
  it.each([
    ['verdict', 'missing_import', new DomainError('missing_import', 'x')],
    ['passing', 'service_unavailable', new DomainError('service_unavailable', 'x')],
    ['passing', 'service_unavailable', new DistributionError(0, 'UNREACHABLE', 'x')],
    ['passing', 'service_unavailable', new DistributionError(503, 'HTTP_503', 'x')],
    ['verdict', 'insufficient_storage', new DistributionError(507, 'HTTP_507', 'x')],
    ['verdict', 'insufficient_storage', Object.assign(new Error('x'), { code: 'ENOSPC' })],
    ['verdict', 'not_found', new DistributionError(404, 'BLOB_UNKNOWN', 'x')],
    ['verdict', 'bad_gateway', new DistributionError(403, 'DENIED', 'x')],
    ['verdict', 'internal', Object.assign(new Error('x'), { code: 'ENOENT', syscall: 'spawn uv' })],
    ['verdict', 'invalid_archive', new ArchiveError('x')],
    ['verdict', 'not_found', new LayerMissingError({ kind: 'model', digest: 'sha256:0', repository: 'a/models' })],
  ])('should be a %s with the code %s', (kind, code, error) => {
    expect(judge(error)).toMatchObject({ kind, error: { code } });
  });

  it('should leave a defect as it is', () => {
    const defect = new TypeError('x');
    expect(judge(defect)).toEqual({ kind: 'unknown', error: defect });
  });
});
