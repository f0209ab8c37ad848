import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startKubernetes, type TestKubernetes } from '#slipway/testing';
import type { ClusterConfig } from '../../src/compute/kubernetes/cluster-config.js';
import { ClusterSetup, pullSecretName } from '../../src/compute/kubernetes/cluster-setup.js';
import { KubeClient } from '../../src/compute/kubernetes/kube-client.adapter.js';
import { ApiProxy } from './api-proxy.js';

const environmentId = '01900000-0000-7000-8000-000000000001';
const registry = { username: 'robot', password: 'a-secret-of-the-registry' };

describe(ClusterSetup.name, () => {
  let cluster: TestKubernetes;
  const clients: KubeClient[] = [];
  beforeAll(async () => {
    cluster = await startKubernetes();
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
  });
  const setupOf = (kubeconfig: string, namespace: string): ClusterSetup => {
    const config: ClusterConfig = {
      namespace,
      registry: 'registry.invalid:5000',
      nodeSelector: {},
      tolerations: [],
      resources: {},
      routerCidrs: [],
    };
    const client = new KubeClient(kubeconfig);
    clients.push(client);
    return new ClusterSetup(client, config, environmentId, registry);
  };

  it('should make a restricted namespace with a pull secret, and try every kind of object without leaving one', async () => {
    const namespace = `fresh-${Date.now()}`;
    const setup = setupOf(cluster.kubeconfig, namespace);
    expect((await setup.preflight()).map(({ part, state }) => [part, state])).toEqual([
      ['target', 'ok'],
      ['permissions', 'ok'],
      ['namespace', 'ok'],
      ['objects', 'ok'],
    ]);
    await expect(cluster.kubectl('get', 'namespace', namespace)).rejects.toThrow('not found');
    await setup.install();
    await setup.install();
    const made = await cluster.get<{ metadata: { labels: Record<string, string> } }>('namespace', namespace);
    expect(made.metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
    const secret = await cluster.get<{ type: string; data: Record<string, string> }>(
      ...['-n', namespace, 'secret', pullSecretName(environmentId)],
    );
    expect(secret.type).toBe('kubernetes.io/dockerconfigjson');
    expect(Buffer.from(secret.data['.dockerconfigjson']!, 'base64').toString()).toContain('registry.invalid:5000');
    expect((await setup.preflight()).at(-1)).toMatchObject({ part: 'objects', state: 'ok' });
    expect(await cluster.kubectl('-n', namespace, 'get', 'deployments,services,networkpolicies,pdb', '-o', 'name')).toBe('');
    await setup.uninstall();
    await expect(cluster.kubectl('-n', namespace, 'get', 'secret', pullSecretName(environmentId))).rejects.toThrow('not found');
  });

  it('should name each right that a user lacks', async () => {
    const namespace = await cluster.namespace();
    await cluster.kubectl('-n', namespace, 'create', 'serviceaccount', 'weak');
    await cluster.kubectl('-n', namespace, 'create', 'role', 'weak', '--verb=get,list,watch', '--resource=pods,deployments.apps');
    await cluster.kubectl('-n', namespace, 'create', 'rolebinding', 'weak', '--role=weak', `--serviceaccount=${namespace}:weak`);
    const token = (await cluster.kubectl('-n', namespace, 'create', 'token', 'weak')).trim();
    const kubeconfig = cluster.kubeconfig.replace(/token: .*/, `token: ${token}`);
    const checks = await setupOf(kubeconfig, namespace).preflight();
    const permissions = checks.find(({ part }) => part === 'permissions');
    expect(permissions).toMatchObject({ state: 'failed', code: 'cluster_forbidden' });
    for (const right of ['patch deployments', 'delete pods', 'get pods/log', 'create services'])
      expect(permissions?.message).toContain(right);
    expect(permissions?.message).not.toContain('list deployments');
  });

  it('should tell wrong credentials and an absent cluster apart', async () => {
    const wrong = await setupOf(cluster.kubeconfig.replace(/token: .*/, 'token: nobody'), 'any').preflight();
    expect(wrong[0]).toMatchObject({ state: 'failed', code: 'cluster_forbidden' });
    const proxy = await new ApiProxy(cluster.kubeconfig).listen();
    const gone = proxy.kubeconfig;
    await proxy.close();
    expect(await setupOf(gone, 'any').preflight()).toMatchObject([{ state: 'failed', code: 'cluster_unreachable' }]);
  });

  it.each([
    ['exec', { user: { exec: { command: 'touch', apiVersion: 'client.authentication.k8s.io/v1' } } }, 'program'],
    ['token file', { user: { tokenFile: '/etc/passwd' } }, 'file'],
    ['client key file', { user: { 'client-key': '/root/.ssh/id_rsa' } }, 'file'],
  ])('should refuse a kubeconfig that would make the deployer run or read something: %s', (_what, user, word) => {
    const cluster_ = { name: 'c', cluster: { server: 'https://127.0.0.1:1' } };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [cluster_],
      users: [{ name: 'u', ...user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    expect(() => new KubeClient(JSON.stringify(config))).toThrow(word);
  });
});
