import { beforeEach, describe, expect, it } from 'vitest';
import { RouterWatch } from './router-watch.js';

const service = '018f0000-0000-7000-8000-000000000001';
const replica = '018f0000-0000-7000-8000-00000000000a';

describe(RouterWatch.name, () => {
  let now: number;
  let watch: RouterWatch;
  const hear = (routerId: string, appliedVersion: number | undefined, busyReplicas: string[] = []): void =>
    watch.see({
      routerId,
      epoch: 'e',
      environment: 'local',
      services:
        appliedVersion === undefined
          ? []
          : [{ id: service, appliedVersion, busy: 0, queued: 0, revisions: [], refused: 0, busyReplicas }],
    });
  beforeEach(() => {
    now = 0;
    watch = new RouterWatch(() => now);
    watch.listening(true);
    now = 10_000;
  });
  const acknowledged = (version: number, age = 0): boolean => watch.acknowledged('local', service, version, age);
  const excluded = (version: number, age = 0): boolean => watch.excluded('local', service, version, age);

  it('should wait for every live router', () => {
    hear('a', 5);
    hear('b', 4);
    expect(acknowledged(5)).toBe(false);
    hear('b', 5);
    expect(acknowledged(5)).toBe(true);
    expect(acknowledged(6, 100_000)).toBe(false);
  });

  it('should not take a router for one that uses a route which it has never heard of', () => {
    hear('a', undefined);
    expect(acknowledged(1, 100_000)).toBe(false);
    expect(excluded(1)).toBe(true);
  });

  it('should not wait for a silent router to acknowledge, but pause drains until it is taken for gone', () => {
    hear('a', 4);
    now += 4_000;
    hear('b', 5);
    expect(acknowledged(5)).toBe(true);
    expect(excluded(5)).toBe(false);
    now += 57_000;
    hear('b', 5);
    expect(excluded(5)).toBe(true);
  });

  it('should pause drains for a silent router even if it had applied the version', () => {
    hear('a', 5);
    now += 4_000;
    expect(excluded(5)).toBe(false);
  });

  it('should go by time alone without any router, longer without the bus', () => {
    expect(acknowledged(1, 2_900)).toBe(false);
    expect(acknowledged(1, 3_000)).toBe(true);
    watch.listening(false);
    expect(acknowledged(1, 3_000)).toBe(false);
    expect(acknowledged(1, 15_000)).toBe(true);
  });

  it('should believe nothing before the first samples can have come', () => {
    watch.listening(true);
    expect(acknowledged(1, 100_000)).toBe(false);
    now += 1_500;
    expect(acknowledged(1, 100_000)).toBe(true);
  });

  it('should not wait long for a silent router when the service is deleted', () => {
    const released = (age: number): boolean => watch.released('local', service, 5, age);
    hear('a', 4);
    expect(released(0)).toBe(false);
    hear('a', undefined);
    expect(released(0)).toBe(true);
    now += 4_000;
    expect(released(2_000)).toBe(false);
    expect(released(4_000)).toBe(true);
  });

  it('should tell who waits for a replica, and the highest version in use', () => {
    hear('a', 5, [replica]);
    expect(watch.busy('local', service, replica)).toBe(true);
    expect(watch.highestApplied('local', service)).toBe(5);
    hear('a', 6);
    expect(watch.busy('local', service, replica)).toBe(false);
    expect(watch.busy('elsewhere', service, replica)).toBe(false);
  });
});
