import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkHost } from './bootstrap/host.mjs';
import { findPython } from './bootstrap/programs.mjs';
import { planTools } from './bootstrap/tools.mjs';

const root = path.resolve(import.meta.dirname, '..');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'slipway-bootstrap-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function script(name: string, text: string): string {
  const file = path.join(folder, 'bin', name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}
const only = (): { PATH: string } => ({ PATH: path.join(folder, 'bin') });

describe('checkHost', () => {
  const good = { platform: 'linux', arch: 'x64', node: '20.20.2', glibc: '2.36' };

  it('should take Linux with glibc on x64 and arm64', () => {
    checkHost(good);
    checkHost({ ...good, arch: 'arm64', node: '24.0.0' });
  });

  it.each([
    [{ platform: 'darwin', arch: 'arm64' }, /^this is darwin on arm64; Slipway runs on Linux x64 or arm64/],
    [{ arch: 'riscv64' }, /^this is linux on riscv64;/],
    [{ glibc: undefined }, /no glibc .*use a distribution with glibc/],
    [{ node: '18.19.0' }, /^Node 18\.19\.0 is too old: install Node 20 or newer$/],
  ])('should say in one line why %o will not do', (difference, line) => {
    expect(() => checkHost({ ...good, ...difference })).toThrow(line);
  });
});

describe('findPython', () => {
  const answer = (version: string, pip: 0 | 1): string => `echo "${version} ${pip} /real/python"`;

  it('should take the first on PATH that is new enough and has pip', () => {
    script('python3', answer('3 9', 1));
    script('python3.13', answer('3 13', 0));
    script('python3.12', answer('3 12', 1));
    expect(findPython(only())).toBe('/real/python');
  });

  it.each([
    [answer('3 9', 1), /names Python 3\.9; Slipway needs 3\.10 or newer/],
    [answer('3 12', 0), /which has no pip: install it \(on Debian/],
    ['exit 3', /which does not run as Python: correct or unset it/],
  ])('should judge the one that SLIPWAY_PYTHON names: %s', (text, line) => {
    expect(() => findPython({ ...only(), SLIPWAY_PYTHON: script('mine', text) })).toThrow(line);
  });
});

describe('planTools', () => {
  it('should take programs that settings name, or that are on PATH and new enough', () => {
    const uv = script('my-uv', 'exit 1');
    const nats = script('nats-server', 'echo nats-server: v2.12.0');
    const plan = planTools({ ...only(), SLIPWAY_UV: uv });
    expect(plan.settings).toEqual({ SLIPWAY_UV: uv, SLIPWAY_NATS_SERVER: nats });
    expect(plan.wheels).toEqual([]);
  });

  it('should not take one on PATH that is too old', () => {
    script('nats-server', 'echo nats-server: v2.9.10');
    expect(planTools(only()).settings.SLIPWAY_NATS_SERVER).toBe(path.join(root, '.cache/tools/bin/nats-server'));
  });

  it('should refuse a setting that names no program', () => {
    expect(() => planTools({ ...only(), SLIPWAY_UV: '/nowhere/uv' })).toThrow(
      /^SLIPWAY_UV names \/nowhere\/uv, which is not a program/,
    );
  });
});

describe('the build', () => {
  beforeEach(() => {
    cpSync(path.join(root, 'scripts'), path.join(folder, 'scripts'), { recursive: true });
    for (const file of ['tsconfig.json', 'tsconfig.build.json', 'package.json', 'package-lock.json'])
      cpSync(path.join(root, file), path.join(folder, file));
    symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    source('apps/a/src/main.ts', 'export const a: number = 1;');
  });
  const source = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  };
  const built = (file: string): string => path.join(folder, 'dist', file);

  /** Plans and builds when needed; tells what it did. */
  function build(): string {
    const program = `
      import { build, planBuild } from './scripts/bootstrap/build.mjs';
      const plan = planBuild();
      if (plan.fresh) console.log('fresh');
      else await build(plan).then(() => console.log('built'), (error) => console.log(error.message));`;
    return spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd: folder, encoding: 'utf8' }).stdout.trim();
  }

  it('should build what is new, copy what is not TypeScript, and remove what is gone', () => {
    source('apps/a/src/gone.ts', 'export const gone = 1;');
    source('apps/a/src/page.html', '<p>');
    expect([build(), build()]).toEqual(['built', 'fresh']);
    expect(existsSync(built('apps/a/src/gone.js'))).toBe(true);
    expect(readFileSync(built('apps/a/src/page.html'), 'utf8')).toBe('<p>');
    rmSync(path.join(folder, 'apps/a/src/gone.ts'));
    source('apps/a/src/main.ts', 'export const a: number = 22;');
    expect([build(), build()]).toEqual(['built', 'fresh']);
    expect(existsSync(built('apps/a/src/gone.js'))).toBe(false);
    expect(readFileSync(built('apps/a/src/main.js'), 'utf8')).toContain('22');
  });

  it('should fail on a type error until it is mended, and start over after an interruption', () => {
    source('apps/a/src/main.ts', "export const a: number = 'x';");
    expect([build(), build()]).toEqual(Array(2).fill('the TypeScript sources do not compile; the errors are above'));
    source('apps/a/src/main.ts', 'export const a: number = 2;');
    expect(build()).toBe('built');
    // What a killed compiler leaves: its marker, and a state that claims more than there is.
    rmSync(built('apps/a/src/main.js'));
    rmSync(built('.sources.json'));
    writeFileSync(built('.building'), '');
    expect(build()).toBe('built');
    expect(existsSync(built('apps/a/src/main.js'))).toBe(true);
  });
});
