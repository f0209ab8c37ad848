import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routeOf, serviceId } from '../../test/support/route.js';
import { systemTiming } from '../slots/lifetime.js';
import { RouteTable } from './route-table.js';

const table = (): RouteTable => new RouteTable(systemTiming);

describe(RouteTable.name, () => {
  it('should apply only a higher version', () => {
    const routes = table();
    expect(routes.apply(routeOf({ version: 5, ports: [1] }))).toBe(true);
    expect(routes.apply(routeOf({ version: 5, ports: [2] }))).toBe(false);
    expect(routes.apply(routeOf({ version: 4, ports: [3] }))).toBe(false);
    expect(routes.find(undefined, 'iris')?.record.revisions[0]?.endpoints[0]?.port).toBe(1);
    expect(routes.apply(routeOf({ version: 6, ports: [2] }))).toBe(true);
  });

  it('should end in the same state whatever the order and number of deliveries', () => {
    const history = [1, 2, 3, 4, 5].map((version) => routeOf({ version, ports: [version], deleted: version === 3 }));
    fc.assert(
      fc.property(fc.array(fc.nat(4), { maxLength: 20 }), (order) => {
        const routes = table();
        for (const index of order) routes.apply(history[index]!);
        const newest = Math.max(0, ...order.map((index) => index + 1));
        expect(routes.records().map((record) => record.version)).toEqual(newest === 0 ? [] : [newest]);
        expect(routes.find('local', 'iris') !== undefined).toBe(newest > 0 && newest !== 3);
      }),
    );
  });

  it('should remove a service by a tombstone only, and remember it', () => {
    const routes = table();
    routes.apply(routeOf({ version: 1, ports: [1] }));
    routes.apply(routeOf({ version: 2, deleted: true }));
    expect(routes.find(undefined, 'iris')).toBeUndefined();
    expect(routes.apply(routeOf({ version: 1, ports: [1] }))).toBe(false);
    const restarted = table();
    for (const record of routes.records()) restarted.apply(record);
    expect(restarted.apply(routeOf({ version: 1, ports: [1] }))).toBe(false);
  });

  it('should serve the default environment by the bare name and each by its own', () => {
    const routes = table();
    routes.apply(routeOf({ service: 1 }));
    routes.apply(routeOf({ service: 2, environment: 'prod', isDefault: false }));
    expect(routes.find(undefined, 'iris')?.record.serviceId).toBe(serviceId(1));
    expect(routes.find('local', 'iris')?.record.serviceId).toBe(serviceId(1));
    expect(routes.find('prod', 'iris')?.record.serviceId).toBe(serviceId(2));
    expect(routes.find('other', 'iris')).toBeUndefined();
  });

  it.each(['tombstone first', 'new service first'])('should give a name to its next owner: %s', (order) => {
    const routes = table();
    routes.apply(routeOf({ service: 1, version: 1 }));
    const changes = [routeOf({ service: 1, version: 2, deleted: true }), routeOf({ service: 2, version: 1 })];
    for (const record of order === 'tombstone first' ? changes : changes.reverse()) routes.apply(record);
    expect(routes.find(undefined, 'iris')?.record.serviceId).toBe(serviceId(2));
  });
});
