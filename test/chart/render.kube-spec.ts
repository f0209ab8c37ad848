import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEnv } from '#slipway/platform';
import { projectRoot } from '#slipway/supervisor';
import { builderEnv } from '../../apps/builder/src/env.js';
import { deployerEnv } from '../../apps/deployer/src/env.js';
import { gatewayEnv } from '../../apps/gateway/src/env.js';
import { registryEnv } from '../../apps/registry/src/env.js';
import { routerEnv } from '../../apps/router/src/env.js';
import { telemetryEnv } from '../../apps/telemetry/src/env.js';
import { chartFolder, helm, render, type Rendered, valuesFile, valuesNames } from './chart.js';

const schemas = {
  gateway: gatewayEnv,
  registry: registryEnv,
  builder: builderEnv,
  deployer: deployerEnv,
  router: routerEnv,
  telemetry: telemetryEnv,
};
type App = keyof typeof schemas;
const apps = Object.keys(schemas) as App[];

/** Every name that a service reads; the gateway's schema is a transformed one. */
const namesOf: Readonly<Record<App, readonly string[]>> = {
  gateway: Object.keys(gatewayEnv.in.shape),
  registry: Object.keys(registryEnv.shape),
  builder: Object.keys(builderEnv.shape),
  deployer: Object.keys(deployerEnv.shape),
  router: Object.keys(routerEnv.shape),
  telemetry: Object.keys(telemetryEnv.shape),
};

interface Container {
  env: { name: string; value?: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }[];
}
interface Peer {
  podSelector?: { matchLabels: Record<string, string> };
  namespaceSelector?: { matchLabels: Record<string, string> };
  ipBlock?: { cidr: string };
}
interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { port: number }[];
}

const workloadOf = (objects: Rendered[], app: string): Rendered =>
  objects.find(({ kind, metadata }) => (kind === 'Deployment' || kind === 'StatefulSet') && metadata.name === `slipway-${app}`)!;
const containerOf = (workload: Rendered): Container =>
  (workload.spec as { template: { spec: { containers: Container[] } } }).template.spec.containers[0]!;

describe('the chart', () => {
  it.each(valuesNames)('should pass the linter with the values %s', async (name) => {
    expect(await helm(['lint', '--strict', chartFolder, '--values', valuesFile(name)])).toContain('0 chart(s) failed');
  });

  it.each(valuesNames.flatMap((values) => apps.map((app) => [app, values] as const)))(
    'should give the %s every setting that it needs, with the values %s',
    async (app, values) => {
      const { env } = containerOf(workloadOf(await render(values), app));
      const settings = Object.fromEntries(env.map(({ name, value }) => [name, value ?? 'postgresql://from-a-secret']));
      readEnv(schemas[app], settings);
      // Names that no service reads would be mistakes.
      const known = new Set(namesOf[app]);
      const foreign = Object.keys(settings).filter((name) => name.startsWith('SLIPWAY_') && !known.has(name));
      expect(foreign).toEqual([]);
    },
  );

  it('should call services by names that exist, at ports that they listen on', async () => {
    const objects = await render('embedded');
    const services = new Map(
      objects
        .filter(({ kind }) => kind === 'Service')
        .map(({ metadata, spec }) => [metadata.name, (spec as { ports: { port: number }[] }).ports.map(({ port }) => port)]),
    );
    for (const app of apps) {
      for (const { value } of containerOf(workloadOf(objects, app)).env) {
        const url = /^(?:http|nats):\/\/(slipway-[^:]+):(\d+)$/.exec(value ?? '');
        if (url) expect(services.get(url[1]!), value).toContain(Number(url[2]));
      }
    }
  });

  it('should draw in its network policies the arrows of the README, and no others', async () => {
    const readme = readFileSync(path.join(chartFolder, 'README.md'), 'utf8');
    const table = [...readme.matchAll(/^\| (\w+) \| ([\w, ]+) \| (\d+) \|$/gm)].flatMap(([, to, from, port]) =>
      from!.split(', ').map((caller) => `${caller} → ${to}:${port}`),
    );
    expect(table.length).toBeGreaterThan(12);
    const policies = (await render('embedded')).filter(({ kind }) => kind === 'NetworkPolicy');
    const arrows = { ingress: new Set<string>(), egress: new Set<string>() };
    for (const policy of policies) {
      const { ingress, egress } = policy.spec as { ingress?: Rule[]; egress?: Rule[] };
      const own = policy.metadata.labels['app.kubernetes.io/component']!;
      const part = (peer: Peer): string | undefined => peer.podSelector?.matchLabels['app.kubernetes.io/component'];
      for (const rule of ingress ?? [])
        for (const peer of rule.from ?? []) arrows.ingress.add(`${part(peer)} → ${own}:${rule.ports![0]!.port}`);
      for (const rule of egress ?? [])
        for (const peer of rule.to ?? []) arrows.egress.add(`${own} → ${part(peer)}:${rule.ports![0]!.port}`);
    }
    expect([...arrows.ingress].toSorted()).toEqual(table.toSorted());
    expect([...arrows.egress].toSorted()).toEqual(table.toSorted());
  });

  it('should let every pod of the release do nothing that no policy names', async () => {
    const policies = (await render('external')).filter(({ kind }) => kind === 'NetworkPolicy');
    const deny = policies.find(({ metadata }) => metadata.name === 'slipway-deny')!;
    expect(deny.spec).toEqual({
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'slipway', 'app.kubernetes.io/instance': 'slipway' } },
      policyTypes: ['Ingress', 'Egress'],
    });
    const router = policies.find(({ metadata }) => metadata.name === 'slipway-router')!;
    expect((router.spec as { egress: Rule[] }).egress).toContainEqual({
      to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } } }],
      ports: [{ port: 5001, protocol: 'TCP' }],
    });
    const database = { to: [{ ipBlock: { cidr: '10.1.0.0/16' } }], ports: [{ port: 6432, protocol: 'TCP' }] };
    const telemetry = policies.find(({ metadata }) => metadata.name === 'slipway-telemetry')!;
    expect((telemetry.spec as { egress: Rule[] }).egress).toContainEqual(database);
    expect((router.spec as { egress: Rule[] }).egress).not.toContainEqual(database);
  });

  it('should ask for metrics and alerts only where the cluster knows them', async () => {
    const kinds = (objects: Rendered[]) => new Set(objects.map(({ kind }) => kind));
    expect(kinds(await render('external'))).not.toContain('PodMonitor');
    const with_ = await render('external', '--api-versions', 'monitoring.coreos.com/v1');
    expect(kinds(with_)).toEqual(new Set([...kinds(await render('external')), 'PodMonitor', 'PrometheusRule']));
    const rule = with_.find(({ kind }) => kind === 'PrometheusRule')!;
    const dashboard = readFileSync(path.join(chartFolder, 'files/dashboard.json'), 'utf8');
    const text = `${JSON.stringify(rule.spec)} ${dashboard}`;
    expect(JSON.stringify(rule.spec)).toContain('{{ $labels.service }}');
    const asked = new Set([...text.matchAll(/slipway_(?:router_)?[a-z_]+/g)].map(([name]) => name.replace(/_bucket$/, '')));
    const code = ['apps/router/src/metrics/metrics.ts', 'libs/platform/src/metrics.ts']
      .map((file) => readFileSync(path.join(projectRoot, file), 'utf8'))
      .join('\n');
    expect([...asked].filter((name) => !code.includes(`'${name}'`))).toEqual([]);
  });

  it.each([
    [['gateway.replicas=0'], /'\/gateway\/replicas'.*minimum/],
    [['gatewy.replicas=1'], /additional properties 'gatewy' not allowed/],
    [['router.replicaPort=70000'], /'\/router\/replicaPort'/],
    [['publicUrl=slipway.example.com'], /'\/publicUrl'/],
    [['image.digest=latest'], /'\/image\/digest'/],
    [['registry.storage.size=lots'], /'\/registry\/storage\/size'/],
    [['gateway.env.SLIPWAY_DATABASE_URL=postgresql://u:p@h/d'], /invalid propertyName 'SLIPWAY_DATABASE_URL'/],
    [['registry.replicas=2'], /registry\.replicas: several replicas share one volume/],
    [['gateway.autoscaling.enabled=true', 'gateway.autoscaling.minReplicas=9'], /gateway\.autoscaling\.minReplicas: 9 is more/],
    [['router.ingress.enabled=true'], /router\.ingress\.host: name the host/],
    [['routerUrl='], /routerUrl: set it/],
    [['nats.url='], /nats\.url: set it/],
    [['embedded=true'], /nats\.url: with embedded: true/],
  ])('should refuse %s and name it', async (settings, message) => {
    const flags = settings.flatMap((setting) => ['--set', setting]);
    await expect(render('external', ...flags)).rejects.toThrow(message);
  });
});
