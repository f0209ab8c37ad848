import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterSecrets } from '#slipway/supervisor';
import { startKubernetes, type TestKubernetes } from '#slipway/testing';
import { chartFolder, helm, valuesFile, valuesNames } from './chart.js';

const run = promisify(execFile);
const gatewayApi = 'sigs.k8s.io/gateway-api@v1.4.0';
const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };

interface Listed {
  items: { kind: string; metadata: { name: string; labels?: Record<string, string> }; status: Record<string, unknown> }[];
}

describe('the chart on a real Kubernetes', () => {
  let cluster: TestKubernetes;
  let folder: string;
  let kubeconfig: string;

  beforeAll(async () => {
    cluster = await startKubernetes();
    folder = mkdtempSync(path.join(tmpdir(), 'slipway-chart-'));
    kubeconfig = path.join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, cluster.kubeconfig, { mode: 0o600 });
    const { stdout } = await run('go', ['mod', 'download', '-json', gatewayApi], { cwd: folder });
    const { Dir } = JSON.parse(stdout) as { Dir: string };
    const crd = path.join(Dir, 'config/crd/standard/gateway.networking.k8s.io_httproutes.yaml');
    expect(await readFile(crd, 'utf8')).toContain('httproutes');
    await cluster.kubectl('apply', '--server-side', '-f', crd);
    // Nothing makes volumes in this cluster: they are there beforehand, of no class.
    const volumes = Array.from({ length: 24 }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `chart-${index}`, labels: { for: 'chart' } },
      spec: { capacity: { storage: '100Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: `/tmp/none-${index}` } },
    }));
    await cluster.apply({ apiVersion: 'v1', kind: 'List', items: volumes });
    await cluster.kubectl('wait', '--for=condition=Established', 'crd/httproutes.gateway.networking.k8s.io', '--timeout=60s');
  });
  afterAll(async () => {
    await cluster.kubectl('delete', 'persistentvolumes', '-l', 'for=chart', '--wait=false');
    rmSync(folder, { recursive: true, force: true });
    await cluster.close();
  });

  const withSecrets = async (): Promise<string> => {
    const namespace = await cluster.namespace(restricted);
    for (const secret of await clusterSecrets({ namespace, prefix: 'slipway' })) await cluster.apply(secret);
    return namespace;
  };
  const pods = async (namespace: string) => (await cluster.get<Listed>('pods', '-n', namespace)).items;
  const install = (action: 'install' | 'upgrade', namespace: string, values: string, ...more: string[]) =>
    helm(
      [action, 'slipway', chartFolder, '-n', namespace, '-f', valuesFile(values), '--wait', '--timeout', '60s', ...more],
      kubeconfig,
    );
  const left = async (namespace: string): Promise<string[]> => {
    const kinds =
      'deployments,statefulsets,jobs,pods,services,serviceaccounts,configmaps,networkpolicies,poddisruptionbudgets,horizontalpodautoscalers,roles,rolebindings,ingresses,httproutes,persistentvolumeclaims';
    const { items } = await cluster.get<Listed>(kinds, '-n', namespace);
    const clusters = new Set(['kube-root-ca.crt', 'default']);
    return items.filter(({ metadata }) => !clusters.has(metadata.name)).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  };

  it.each(valuesNames)('should be taken by the API server to the letter with the values %s', async (values) => {
    const namespace = await cluster.namespace(restricted);
    const file = path.join(folder, `${values}.yaml`);
    writeFileSync(
      file,
      await helm([
        'template',
        'slipway',
        chartFolder,
        '-n',
        namespace,
        '-f',
        valuesFile(values),
        '--set',
        `deployer.rbac.namespaces={${namespace}}`,
      ]),
    );
    const said = await cluster.kubectl('apply', '--dry-run=server', '--validate=strict', '-n', namespace, '-f', file);
    expect(said.trim().split('\n').length).toBeGreaterThan(30);
    for (const line of said.trim().split('\n')) expect(line).toMatch(/(created|unchanged|configured) \(server dry run\)$/);
  });

  it('should install, upgrade and uninstall where Pod Security is restricted, and leave only volumes and Secrets', async () => {
    const namespace = await withSecrets();
    expect(await install('install', namespace, 'external')).toContain('STATUS: deployed');
    const first = await pods(namespace);
    const byPart = Object.groupBy(first, ({ metadata }) => metadata.labels!['app.kubernetes.io/component']!);
    expect(Object.fromEntries(Object.entries(byPart).map(([part, list]) => [part, list!.length]))).toEqual({
      gateway: 2,
      registry: 1,
      builder: 1,
      deployer: 2,
      router: 1,
      telemetry: 1,
    });
    // The hook's Job was done before, and is gone.
    const { stdout: events } = await run(path.join(cluster.folder, 'kubectl'), ['get', 'events', '-n', namespace, '-o', 'name']);
    expect(events).toContain('slipway-migrate');

    await install('upgrade', namespace, 'external', '--set', 'gateway.replicas=3,gateway.autoscaling.enabled=true');
    expect(await left(namespace)).toContain('HorizontalPodAutoscaler slipway-gateway');
    await helm(['uninstall', 'slipway', '-n', namespace, '--wait', '--timeout', '60s'], kubeconfig);
    await expect
      .poll(() => left(namespace), { timeout: 60_000 })
      .toSatisfy((all: string[]) => all.every((one) => one.startsWith('PersistentVolumeClaim ')));
    expect((await left(namespace)).length).toBe(4);
    // The same release takes its volumes up again.
    expect(await install('install', namespace, 'external')).toContain('STATUS: deployed');
    await helm(['uninstall', 'slipway', '-n', namespace, '--wait'], kubeconfig);
  });

  it('should bring its own database and bus on request, and say that this is not for production', async () => {
    const namespace = await withSecrets();
    const said = await install('install', namespace, 'embedded');
    expect(said).toContain('NOT FOR PRODUCTION');
    const parts = new Set((await pods(namespace)).map(({ metadata }) => metadata.labels!['app.kubernetes.io/component']));
    expect(parts).toEqual(
      new Set(['gateway', 'registry', 'builder', 'deployer', 'router', 'telemetry', 'postgres', 'nats', 'migrate']),
    );
    await helm(['uninstall', 'slipway', '-n', namespace, '--wait'], kubeconfig);
  });

  it('should give the deployer its rights in the namespaces of services, and nowhere else', async () => {
    const [namespace, services] = [await withSecrets(), await cluster.namespace()];
    await install('install', namespace, 'external', '--set', `deployer.rbac.namespaces={${services}}`);
    const account = `system:serviceaccount:${namespace}:slipway-deployer`;
    const may = async (verb: string, what: string, where: string, who = account): Promise<string> =>
      cluster.kubectl('auth', 'can-i', verb, what, '-n', where, '--as', who).then(
        (text) => text.trim(),
        () => 'no',
      );
    for (const what of ['deployments.apps', 'services', 'secrets', 'networkpolicies.networking.k8s.io']) {
      expect(await may('patch', what, services), what).toBe('yes');
      expect(await may('patch', what, namespace), what).toBe('no');
    }
    expect(await may('get', 'pods/log', services)).toBe('yes');
    expect(await may('create', 'pods/exec', services)).toBe('no');
    expect(await may('get', 'secrets', services, `system:serviceaccount:${namespace}:slipway-gateway`)).toBe('no');
    await helm(['uninstall', 'slipway', '-n', namespace, '--wait'], kubeconfig);
  });
});
