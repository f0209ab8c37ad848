import { startKubernetes, type TestKubernetes } from '#slipway/testing';
import { beforeAll, describe, expect, it } from 'vitest';

const deployment = (namespace: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'example.invalid/web' }] } },
  },
});

describe('startKubernetes', () => {
  let cluster: TestKubernetes;
  beforeAll(async () => {
    cluster = await startKubernetes();
  });

  it('should run a Deployment on its fake nodes, also over a crash of the API server', async () => {
    const namespace = await cluster.namespace();
    await cluster.apply(deployment(namespace, 2));
    await cluster.kubectl('-n', namespace, 'rollout', 'status', 'deployment/web', '--timeout=60s');

    await cluster.restart('kube-apiserver', 'KILL');
    await cluster.apply(deployment(namespace, 3));
    await cluster.kubectl('-n', namespace, 'rollout', 'status', 'deployment/web', '--timeout=60s');
    const pods = await cluster.get<{ items: { status: { podIP: string } }[] }>('-n', namespace, 'pods');
    expect(new Set(pods.items.map((pod) => pod.status.podIP)).size).toBe(3);
  });

  it('should refuse everything while its API server is stopped', async () => {
    await cluster.stop('kube-apiserver');
    await expect(cluster.kubectl('get', 'namespaces', '--request-timeout=2s')).rejects.toThrow(/refused/);
    await cluster.restart('kube-apiserver');
    await expect(cluster.kubectl('get', 'namespaces')).resolves.toContain('default');
  });
});
