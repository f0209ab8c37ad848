import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RouteRecord } from '#slipway/contracts';
import { makeSecret } from '#slipway/platform';
import { removeFolder } from '#slipway/testing';
import { TestBus } from './support/bus.js';
import { ask, call } from './support/client.js';
import { bundleRouter, eventually, newHome, type RouterProcess, startRouterProcess } from './support/process.js';
import { FakeReplica } from './support/replica.js';
import { replicaId, revisionId, routeOf, serviceId } from './support/route.js';

const [primary, secondary] = [makeSecret('slk').text, makeSecret('slk').text];
let program: string;
let bus: TestBus;
let replicas: FakeReplica[] = [];
const routers: RouterProcess[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  [program, bus] = await Promise.all([bundleRouter(), TestBus.start()]);
});
afterAll(() => bus.close());
afterEach(async () => {
  for (const router of routers.splice(0)) {
    await router.stop('SIGKILL');
    removeFolder(router.home);
  }
  for (const server of servers.splice(0)) server.close();
  for (const replica of replicas) replica.kill();
  expect(replicas.flatMap((replica) => replica.faults)).toEqual([]);
  replicas = [];
});

async function start(settings: Record<string, string> = {}, home = newHome()): Promise<RouterProcess> {
  const router = await startRouterProcess(program, home, { ...bus.settings(), ...settings });
  routers.push(router);
  return router;
}
async function replica(name: string): Promise<FakeReplica> {
  const made = await FakeReplica.start({ name, maxConcurrent: 4 });
  replicas.push(made);
  return made;
}

function secretFile(): string {
  const file = path.join(newHome(), 'secret');
  writeFileSync(file, 'router-secret\n');
  return file;
}

/** The deployer's snapshot: an ETag of its content, and only for who knows the secret. */
async function deployer(routes: RouteRecord[]) {
  const seen: { status: number; query: string }[] = [];
  const server = createServer((request, response) => {
    const etag = `"${routes.map((route) => route.version).join()}"`;
    const status =
      request.headers.authorization !== 'Bearer router-secret' ? 401 : request.headers['if-none-match'] === etag ? 304 : 200;
    seen.push({ status, query: request.url ?? '' });
    response.writeHead(status, { ETag: etag }).end(status === 200 ? JSON.stringify({ routes }) : undefined);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const settings = {
    SLIPWAY_DEPLOYER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    SLIPWAY_INTERNAL_SECRET_FILE: secretFile(),
    SLIPWAY_SNAPSHOT_PERIOD_MS: '1000',
  };
  return { seen, settings };
}

const statusOf = async (url: string, key: string, service = 'iris'): Promise<number> =>
  (await call(url, { key, path: `/api/v1/service/${service}/score` })).status;
let number = 100;

describe('routes of the router', () => {
  it('should follow the bucket with the rights of its own user: new, changed, revoked, deleted', async () => {
    const { url } = await start();
    const one = await replica('one');
    const service = ++number;
    const route = { service, name: `s${service}`, maxConcurrent: 4 };
    expect(await statusOf(url, primary, route.name)).toBe(404);
    await bus.put(routeOf({ ...route, version: 1, ports: [one.port], keys: [primary, secondary] }));
    await eventually(async () => expect(await statusOf(url, primary, route.name)).toBe(200), 5_000);
    await bus.put(routeOf({ ...route, version: 2, ports: [one.port], keys: [secondary] }));
    await eventually(async () => expect(await statusOf(url, primary, route.name)).toBe(401), 5_000);
    expect(await statusOf(url, secondary, route.name)).toBe(200);
    await bus.put(routeOf({ ...route, version: 1, ports: [one.port], keys: [primary] }));
    await bus.remove(serviceId(service));
    await sleep(500);
    expect([await statusOf(url, primary, route.name), await statusOf(url, secondary, route.name)]).toEqual([401, 200]);
    await bus.put(routeOf({ ...route, version: 3, deleted: true }));
    await eventually(async () => expect(await statusOf(url, secondary, route.name)).toBe(404), 5_000);
  });

  it('should switch revisions under load without a failed request, and tell truthfully who is still busy', async () => {
    const [old, next] = [await replica('old'), await replica('next')];
    const service = ++number;
    const route = { service, name: `s${service}`, maxConcurrent: 4, maxQueued: 100, keys: [primary] };
    await bus.put(routeOf({ ...route, version: 1, ports: [old.port] }));
    const { url } = await start();
    await eventually(async () => expect(await statusOf(url, primary, route.name)).toBe(200), 5_000);
    const samples = bus.samples();
    let sending = true;
    const results: { sentAt: number; status: number; replica: string | undefined }[] = [];
    const path = `/api/v1/service/${route.name}/score`;
    const workers = Array.from({ length: 8 }, async () => {
      while (sending) {
        const sentAt = Date.now();
        const answer = await call(url, { key: primary, path, body: ask({ sleep: 150 }) });
        results.push({ sentAt, status: answer.status, replica: answer.json().replica });
      }
    });
    await sleep(400);
    await bus.put(routeOf({ ...route, version: 2, revision: 2, ports: [next.port] }));
    const ofService = () =>
      samples.list
        .map(({ sample }) => sample.services.find((each) => each.id === serviceId(service)))
        .filter((each) => each !== undefined);
    await eventually(() => expect(ofService().at(-1)?.appliedVersion).toBe(2), 5_000);
    const applied = Date.now();
    await eventually(() => expect(ofService().at(-1)?.busyReplicas).toEqual([replicaId(next.port)]), 5_000);
    // The deployer may stop it now: nothing is lost by that.
    old.kill();
    await sleep(400);
    sending = false;
    await Promise.all(workers);
    samples.stop();
    expect(new Set(results.map((result) => result.status))).toEqual(new Set([200]));
    expect(results.filter((result) => result.sentAt > applied && result.replica === 'old')).toEqual([]);
    const last = ofService().at(-1)!;
    expect(last.revisions.map((revision) => revision.id)).toEqual([revisionId(1), revisionId(2)]);
    expect(last.revisions.reduce((sum, revision) => sum + revision.requests, 0)).toBeGreaterThanOrEqual(results.length - 8);
    expect(ofService().some((each) => each.busy === 4 && each.queued > 0)).toBe(true);
    expect(samples.list[0]!.subject).toBe(`load.local.${samples.list[0]!.sample.routerId}`);
  });

  it('should publish a sample every 250 ms, with one id for all its starts and an epoch for each', async () => {
    const one = await replica('one');
    const service = ++number;
    await bus.put(routeOf({ service, name: `s${service}`, ports: [one.port] }));
    const first = await start();
    const samples = bus.samples();
    await eventually(() => expect(samples.list.length).toBeGreaterThan(2));
    const before = samples.list.length;
    await sleep(2_000);
    expect(samples.list.length - before).toBeGreaterThanOrEqual(5);
    expect(samples.list.length - before).toBeLessThanOrEqual(9);
    expect(await first.stop('SIGKILL')).toBe('SIGKILL');
    const last = samples.list.at(-1)!.sample;
    samples.list.length = 0;
    await start({}, first.home);
    await eventually(() => expect(samples.list.length).toBeGreaterThan(0));
    expect(samples.list[0]!.sample.routerId).toBe(last.routerId);
    expect(samples.list[0]!.sample.epoch).not.toBe(last.epoch);
    samples.stop();
  });

  it('should start and serve from its file with NATS and the deployer away, and catch up when they are back', async () => {
    const one = await replica('one');
    const service = ++number;
    const route = { service, name: `s${service}`, ports: [one.port], maxConcurrent: 4 };
    const first = await start();
    await bus.put(routeOf({ ...route, version: 1, keys: [primary] }));
    await eventually(async () => expect(await statusOf(first.url, primary, route.name)).toBe(200));
    await sleep(200);
    await first.stop('SIGKILL');
    await bus.nats.stop();
    try {
      const begun = Date.now();
      const second = await start(
        { SLIPWAY_DEPLOYER_URL: 'http://127.0.0.1:9', SLIPWAY_INTERNAL_SECRET_FILE: secretFile() },
        first.home,
      );
      expect(await statusOf(second.url, primary, route.name)).toBe(200);
      expect(Date.now() - begun).toBeLessThan(10_000);
      expect((await fetch(`${second.internalUrl}/readyz`)).status).toBe(200);
      await bus.nats.start();
      await eventually(() => bus.put(routeOf({ ...route, version: 2, keys: [secondary] })));
      await eventually(async () => expect(await statusOf(second.url, secondary, route.name)).toBe(200), 20_000);
      expect(await statusOf(second.url, primary, route.name)).toBe(401);
    } finally {
      if (!bus.nats.pid()) await bus.nats.start();
    }
  });

  it('should take the snapshot with its secret, once for each ETag, and revoke by it without NATS', async () => {
    const one = await replica('one');
    const service = ++number;
    const route = { service, name: `s${service}`, ports: [one.port], maxConcurrent: 4 };
    const routes = [routeOf({ ...route, version: 1, keys: [primary, secondary] })];
    const { seen, settings } = await deployer(routes);
    const { url } = await start({ ...settings, SLIPWAY_NATS_URL: 'nats://127.0.0.1:9', SLIPWAY_ENVIRONMENT: 'local' });
    await eventually(async () => expect(await statusOf(url, primary, route.name)).toBe(200));
    expect(seen[0]).toEqual({ status: 200, query: '/internal/snapshot?environment=local' });
    routes[0] = routeOf({ ...route, version: 2, keys: [secondary] });
    await eventually(async () => expect(await statusOf(url, primary, route.name)).toBe(401), 20_000);
    expect(await statusOf(url, secondary, route.name)).toBe(200);
    // An entry that is missing says nothing.
    routes.length = 0;
    await eventually(() => expect(seen.length).toBeGreaterThanOrEqual(3), 20_000);
    expect(await statusOf(url, secondary, route.name)).toBe(200);
  }, 60_000);

  it('should be ready when the deployer says that there is nothing', async () => {
    const { settings } = await deployer([]);
    const { internalUrl } = await start({ ...settings, SLIPWAY_NATS_URL: 'nats://127.0.0.1:9' });
    await eventually(async () => expect((await fetch(`${internalUrl}/readyz`)).status).toBe(200));
  });

  it('should serve on while NATS refuses its credentials', async () => {
    const one = await replica('one');
    const { settings } = await deployer([routeOf({ ports: [one.port], keys: [primary] })]);
    const router = await start({ ...settings, SLIPWAY_NATS_CREDS: settings.SLIPWAY_INTERNAL_SECRET_FILE });
    await eventually(async () => expect(await statusOf(router.url, primary)).toBe(200));
    await eventually(() => expect(router.lines.some((line) => line.msg === 'the bus does not let the router in')).toBe(true));
  });

  it('should only serve its environment when it has one', async () => {
    const one = await replica('one');
    const { settings } = await deployer([
      routeOf({ service: 1, ports: [one.port], keys: [primary] }),
      routeOf({ service: 2, name: 'other', environment: 'prod', isDefault: false, ports: [one.port], keys: [primary] }),
    ]);
    const { url } = await start({ ...settings, SLIPWAY_NATS_URL: 'nats://127.0.0.1:9', SLIPWAY_ENVIRONMENT: 'prod' });
    const path = '/e/prod/api/v1/service/other/score';
    await eventually(async () => expect((await call(url, { key: primary, path })).status).toBe(200));
    expect(await statusOf(url, primary)).toBe(404);
  });
});
