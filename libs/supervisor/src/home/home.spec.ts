import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig, writeConfig } from './config.js';
import { bytesByKind, layoutOf, prepareHome } from './layout.js';
import { takeLock } from './lock.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'slipway-home-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('takeLock', () => {
  it('should be held by one at a time', async () => {
    const first = await takeLock(folder);
    expect(first).toBeDefined();
    expect(await takeLock(folder)).toBeUndefined();
    expect(await takeLock(path.join(folder, 'other'))).toBeDefined();
    await first?.release();
    const again = await takeLock(folder);
    expect(again).toBeDefined();
    await again?.release();
  });
});

describe('readConfig', () => {
  it('should give back what was written, and refuse what it cannot read', () => {
    const layout = layoutOf(folder);
    const fresh = readConfig(layout);
    expect(fresh).toMatchObject({ format: 1, ports: {}, sealed: [] });
    writeConfig(layout, { ...fresh, ports: { gateway: 5080 } });
    expect(readConfig(layout)).toEqual({ ...fresh, ports: { gateway: 5080 } });
    writeFileSync(layout.configFile, '{');
    expect(() => readConfig(layout)).toThrow(/config\.json is not JSON; correct it or restore it/);
    writeFileSync(layout.configFile, '{"format":2,"installation":"x"}');
    expect(() => readConfig(layout)).toThrow(/a format that this Slipway does not know/);
  });
});

describe('prepareHome', () => {
  it.each([
    ['/proc/slipway/home', /its file system takes no new folders|this user may not write there/],
    ['/dev/null/home', /a part of the path is a file/],
  ])('should say why %s cannot be a home', (home, reason) => {
    expect(() => prepareHome(home)).toThrow(reason);
  });
});

describe('bytesByKind', () => {
  it('should count what is on disk', () => {
    const layout = layoutOf(folder);
    expect(bytesByKind(layout).blobs).toBe(0);
    // Under root this refuses a home that other users cannot reach, as this test's own folder is.
    if (process.getuid?.() === 0) expect(() => prepareHome(path.join(folder, 'home'))).toThrow(/other users cannot pass through/);
    const home = mkdtempSync(path.join(tmpdir(), 'slipway-bytes-'));
    const own = prepareHome(home);
    writeFileSync(path.join(own.blobs, 'b'), 'x'.repeat(10_000));
    expect(bytesByKind(own).blobs).toBeGreaterThanOrEqual(10_000);
    rmSync(home, { recursive: true });
  });
});
