import { describe, expect, it } from 'vitest';
import { driftOf, withHash } from './drift.js';
import { fieldConflicts, KubeRefusal, toClusterError } from './kube-errors.js';
import { serviceObjectName } from './names.js';

const conflict = (message: string): KubeRefusal =>
  new KubeRefusal(409, 'Conflict', 'Apply failed with 1 conflict', [
    { reason: 'FieldManagerConflict', message, field: '.spec.replicas' },
  ]);

describe(fieldConflicts.name, () => {
  it.each([
    ['conflict with "kubectl" with subresource "scale" using apps/v1', 'kubectl', true],
    ['conflict with "gitops"', 'gitops', false],
    ['conflict with "kube-controller-manager" with subresource "scale" using autoscaling/v1', 'kube-controller-manager', false],
  ])('should tell a hand from a program: %s', (message, manager, passing) => {
    expect(fieldConflicts(conflict(message))).toEqual([{ manager, field: '.spec.replicas', passing }]);
  });
});

describe(toClusterError.name, () => {
  it.each([
    [new KubeRefusal(403, 'Forbidden', 'exceeded quota: small'), 'quota_exceeded'],
    [new KubeRefusal(403, 'Forbidden', 'may not'), 'cluster_forbidden'],
    [new KubeRefusal(401, 'Unauthorized', 'who?'), 'cluster_forbidden'],
    [new KubeRefusal(503, '', 'away'), 'cluster_unreachable'],
    [new KubeRefusal(429, '', 'later'), 'cluster_unreachable'],
    [new KubeRefusal(422, 'Invalid', 'no'), 'rollout_failed'],
    [conflict('conflict with "gitops"'), 'conflict'],
    [new TypeError('fetch failed'), 'cluster_unreachable'],
  ])('should know %s', (error, code) => {
    expect(toClusterError(error, 'apply it', 'ns')).toMatchObject({ code });
  });
});

describe(driftOf.name, () => {
  const manifest = withHash({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a', labels: { mine: 'yes' } },
    spec: { replicas: 2, template: { containers: [{ name: 'c', args: [] }] } },
  });

  it('should see what was changed and leave alone what others added', () => {
    const more = { ...manifest, metadata: { ...manifest.metadata, labels: { mine: 'yes', theirs: 'too' } }, status: {} };
    expect(driftOf(manifest, more)).toBeUndefined();
    expect(driftOf(manifest, { ...more, spec: { ...(manifest['spec'] as object), replicas: 3 } })).toBe('.spec.replicas');
    const two = { replicas: 2, template: { containers: [{ name: 'c' }, { name: 'sidecar' }] } };
    expect(driftOf(manifest, { ...more, spec: two })).toBe('.spec.template.containers');
  });
});

describe(serviceObjectName.name, () => {
  it.each(['iris', 'A.b_c', '...', 'x'.repeat(100), 'ends-with-'])('should be a legal name for %s', (name) => {
    const made = serviceObjectName('01900000-0000-7000-8000-000000000001', name);
    expect(made).toMatch(/^[a-z]([-a-z0-9]{0,50}[a-z0-9])$/);
  });
});
