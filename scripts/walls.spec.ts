import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const config = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as { forbidden: { name: string }[] };

/** Files of a project in miniature; each breaks the rule that is its key, and the last ones break none. */
const breakers: Record<string, Record<string, string>> = {
  'no-app-to-app': {
    'apps/registry/src/peek.ts': "import { secret } from '../../builder/src/secret.js';\nexport const peek = secret;",
  },
  'apps-use-libs': { 'apps/registry/src/start.ts': "import { part } from '#slipway/supervisor';\nexport const start = part;" },
  'contracts-alone': { 'libs/contracts/src/reach.ts': "import { fine } from '#slipway/platform';\nexport const reach = fine;" },
  'contracts-only-zod': {
    'libs/contracts/src/nest.ts': "import { Injectable } from '@nestjs/common';\nexport const nest = Injectable;",
  },
  'contracts-no-node': {
    'libs/contracts/src/disk.ts': "import { readFileSync } from 'node:fs';\nexport const disk = readFileSync;",
  },
  'platform-on-contracts': {
    'libs/platform/src/reach.ts': "import { part } from '#slipway/supervisor';\nexport const reach = part;",
  },
  'supervisor-on-platform': { 'libs/supervisor/src/reach.ts': "import { tar } from '#slipway/oci';\nexport const reach = tar;" },
  'oci-alone': { 'libs/oci/src/reach.ts': "import { fine } from '#slipway/platform';\nexport const reach = fine;" },
  'client-alone': { 'libs/client/src/reach.ts': "import { Model } from '#slipway/contracts';\nexport const reach = Model;" },
  'testing-on-supervisor': { 'libs/testing/src/reach.ts': "import { tar } from '#slipway/oci';\nexport const reach = tar;" },
  'cli-on-client': { 'cli/src/reach.ts': "import { fine } from '#slipway/platform';\nexport const reach = fine;" },
  'portal-on-client': { 'portal/src/reach.ts': "import { fine } from '#slipway/platform';\nexport const reach = fine;" },
  'cli-loads-supervisor-late': { 'cli/src/early.ts': "import { part } from '#slipway/supervisor';\nexport const early = part;" },
  'lib-by-its-index': {
    'apps/registry/src/deep.ts': "import { fine } from '../../../libs/platform/src/fine.js';\nexport const deep = fine;",
  },
  'lib-by-its-index-from-libs': {
    'libs/platform/src/deep.ts': "import { Model } from '../../contracts/src/model.js';\nexport const deep = Model;",
  },
  'drivers-at-the-edge': { 'apps/registry/src/models.service.ts': "import pg from 'pg';\nexport const client = pg.Client;" },
  'no-framework-in-rules': {
    'apps/registry/src/http.service.ts': "import { NestFactory } from '@nestjs/core';\nexport const http = NestFactory;",
  },
  'no-tests-in-production': {
    'apps/registry/src/fake.ts': "import { helper } from '../test/helper.js';\nexport const fake = helper;",
  },
  'no-cycles': {
    'apps/registry/src/hen.ts': "import { egg } from './egg.js';\nexport const hen = (): unknown => egg;",
    'apps/registry/src/egg.ts': "import { hen } from './hen.js';\nexport const egg = (): unknown => hen;",
  },
  resolvable: { 'apps/registry/src/lost.ts': "import { nothing } from './nowhere.js';\nexport const lost = nothing;" },
};

const innocent: Record<string, string> = {
  'apps/builder/src/secret.ts': 'export const secret = 1;',
  'apps/registry/test/helper.ts': 'export const helper = 1;',
  'apps/registry/src/models.repository.ts':
    "import pg from 'pg';\nimport { fine } from '#slipway/platform';\nexport const own = [pg.Client, fine];",
  'libs/contracts/src/model.ts': "import { z } from 'zod';\nexport const Model = z.string();",
  'libs/contracts/src/index.ts': "export * from './model.js';",
  'libs/platform/src/fine.ts': "import { Model } from '#slipway/contracts';\nexport const fine = Model;",
  'libs/platform/src/index.ts': "export * from './fine.js';",
  'libs/supervisor/src/index.ts': "import { fine } from '#slipway/platform';\nexport const part = fine;",
  'libs/oci/src/index.ts': 'export const tar = 1;',
  'cli/src/late.ts': "export const late = async (): Promise<unknown> => (await import('#slipway/supervisor')).part;",
};

/** What the linter must say about a file. */
const lintBreakers: Record<string, { file: string; text: string }> = {
  'node(no-process-env)': { file: 'apps/registry/src/peek-env.ts', text: "export const home = process.env['SLIPWAY_HOME'];" },
  'typescript(no-floating-promises)': {
    file: 'apps/registry/src/float.ts',
    text: 'async function later(): Promise<void> {}\nexport function float(): void {\n  later();\n}',
  },
  'typescript(no-misused-promises)': {
    file: 'apps/registry/src/misuse.ts',
    text: 'const later = async (): Promise<boolean> => true;\nexport const misuse = (): number => (later() ? 1 : 2);',
  },
  'typescript(no-explicit-any)': {
    file: 'apps/registry/src/any.ts',
    text: 'export const any = (value: any): unknown => [value];',
  },
  'import(no-default-export)': { file: 'apps/registry/src/unnamed.ts', text: 'export default 1;' },
  'eslint(max-lines)': {
    file: 'apps/registry/src/long.ts',
    text: Array.from({ length: 301 }, (_, index) => `export const n${index} = 1;`).join('\n'),
  },
};
const lintInnocent = { file: 'apps/registry/src/env.ts', text: "export const home = process.env['SLIPWAY_HOME'];" };

let project: string;

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(project, file)), { recursive: true });
  writeFileSync(path.join(project, file), `${text}\n`);
}

function run(program: string, args: string[]): string {
  const file = path.join(root, 'node_modules/.bin', program);
  const result = spawnSync(file, args, { cwd: project, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (!result.stdout) throw new Error(`${program} said nothing: ${result.stderr}`);
  return result.stdout;
}

beforeAll(() => {
  project = mkdtempSync(path.join(tmpdir(), 'slipway-walls-'));
  symlinkSync(path.join(root, 'node_modules'), path.join(project, 'node_modules'));
  for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs', '.oxlintrc.json']) {
    cpSync(path.join(root, file), path.join(project, file));
  }
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the walls', () => {
  const found = new Map<string, string[]>();
  beforeAll(() => {
    for (const files of [...Object.values(breakers), innocent])
      for (const [file, text] of Object.entries(files)) write(file, text);
    const args = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'apps', 'libs', 'cli', 'portal'];
    const { summary } = JSON.parse(run('depcruise', args)) as {
      summary: { violations: { from: string; rule: { name: string } }[] };
    };
    for (const { from, rule } of summary.violations) found.set(from, [...(found.get(from) ?? []), rule.name]);
  });

  it.each(config.forbidden.map((rule) => rule.name))('should have a test that breaks %s', (name) => {
    const rules = Object.keys(breakers[name] ?? {}).flatMap((file) => found.get(file) ?? []);
    expect(rules).toContain(name);
  });

  it('should let through what keeps to them', () => {
    for (const file of Object.keys(innocent)) expect([file, found.get(file)]).toEqual([file, undefined]);
  });
});

describe('the linter', () => {
  let said: string;
  beforeAll(() => {
    for (const { file, text } of [...Object.values(lintBreakers), lintInnocent]) write(file, text);
    said = run('oxlint', ['--type-aware', '--format', 'unix', 'apps']);
  });

  it.each(Object.entries(lintBreakers))('should refuse %s', (rule, { file }) => {
    const lines = said.split('\n').filter((line) => line.startsWith(`${file}:`));
    expect(lines.join('\n')).toContain(rule);
  });

  it('should let env.ts read the environment', () => {
    expect(said.split('\n').filter((line) => line.startsWith(`${lintInnocent.file}:`))).toEqual([]);
  });
});
